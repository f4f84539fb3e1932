// LikeOptions: in what a new tensor shall differ from the one it is made like.
#pragma once

#include <optional>

#include "customtensor/device.hpp"
#include "customtensor/dtype.hpp"

namespace ct {

/// zeros_like(x, {.dtype = float64}): what is not given is as `like` has it.
struct LikeOptions {
  std::optional<DType> dtype = std::nullopt;
  std::optional<Device> device = std::nullopt;
  bool requires_grad = false;
};

}  // namespace ct
