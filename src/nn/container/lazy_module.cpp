// What lazy layers read sizes from.
#include "customtensor/nn/container/lazy_module.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"

namespace ct::nn {

int64_t LazyModule::channels_of(const char* layer, const Tensor& x, int axes) {
  if (!x.defined()) throw ValueError(fmt::format("{}: x is undefined", layer));
  const int64_t axis = axes < 0 ? x.dim() - 1 : x.dim() == axes + 1 ? 0 : 1;
  if (axis < 0 || x.dim() <= axis || x.size(axis) < 1) {
    throw ShapeError(
        fmt::format("{}: the first input says no size: {}", layer, to_string(x.shape())));
  }
  return x.size(axis);
}

int64_t LazyModule::said_by(const std::vector<Member>& members, std::string_view member,
                            const Shape& shape) {
  for (const Member& m : members) {
    if (m.name == member && m.axis >= 0 && shape.rank() > m.axis) return shape[m.axis] * m.times;
  }
  return 0;
}

}  // namespace ct::nn
