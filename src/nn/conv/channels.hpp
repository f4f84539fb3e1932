// What every convolution layer checks of its sizes, whatever its number of axes.
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "customtensor/error.hpp"
#include "customtensor/shape.hpp"

namespace ct::nn {

/// Errors: ValueError for sizes below 1, or groups that do not divide both channel counts
inline void check_channels(const char* layer, int64_t in, int64_t out, const Dims& kernel,
                           int64_t groups) {
  if (in < 1 || out < 1 || *std::min_element(kernel.begin(), kernel.end()) < 1) {
    throw ValueError(fmt::format("{}: sizes must be at least 1: in {}, out {}, kernel {}", layer,
                                 in, out, fmt::join(kernel.begin(), kernel.end(), " x ")));
  }
  if (groups < 1 || in % groups != 0 || out % groups != 0) {
    throw ValueError(
        fmt::format("{}: groups must divide both channel counts: groups {}, in {}, out {}", layer,
                    groups, in, out));
  }
}

}  // namespace ct::nn
