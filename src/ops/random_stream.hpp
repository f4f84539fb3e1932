// The stream that an op with an optional generator draws from.
#pragma once

#include "customtensor/random.hpp"

namespace ct::ops {

inline Generator& stream_of(Generator* generator) {
  return generator != nullptr ? *generator : default_generator();
}

}  // namespace ct::ops
