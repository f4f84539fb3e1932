// One class does the work of all: ct::pad with the mode that the layer's name says.
#include "customtensor/nn/shape/pad.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "customtensor/error.hpp"

namespace ct::nn {

Pad::Pad(const char* layer, int axes, std::vector<int64_t> amounts, PadMode mode, double value)
    : amounts_(std::move(amounts)), mode_(mode), value_(value) {
  if (amounts_.size() == 2 * static_cast<size_t>(axes)) return;
  throw ValueError(fmt::format("{}: needs {} amounts, two for each axis: ({})", layer, 2 * axes,
                               fmt::join(amounts_, ", ")));
}

Tensor Pad::forward(const Tensor& x) { return pad(x, amounts_, mode_, value_); }

}  // namespace ct::nn
