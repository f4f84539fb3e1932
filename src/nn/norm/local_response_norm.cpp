// The op ct::local_response_norm with its settings.
#include "customtensor/nn/norm/local_response_norm.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/norm.hpp"

namespace ct::nn {

LocalResponseNorm::LocalResponseNorm(int64_t size, double alpha, double beta, double k)
    : size_(size), alpha_(alpha), beta_(beta), k_(k) {
  if (size < 1)
    throw ValueError(fmt::format("LocalResponseNorm: size must be at least 1: {}", size));
}

Tensor LocalResponseNorm::forward(const Tensor& x) {
  return local_response_norm(x, size_, alpha_, beta_, k_);
}

}  // namespace ct::nn
