// See index_check.hpp.
#include "core/view/index_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "customtensor/error.hpp"

namespace ct {

void throw_outside(const IndexCheck& check, int64_t position, int64_t value,
                   std::string_view more) {
  if (value < 0) value -= check.wrapped;
  if (check.classes) {
    throw IndexError(fmt::format("{}: target {} at row {} is out of range: there are {} classes{}",
                                 check.op, value, position, check.size, more));
  }
  throw IndexError(
      fmt::format("{}: index {} at position {} is out of range for axis {} of size {}{}", check.op,
                  value, position, check.axis, check.size, more));
}

int64_t position_of(const IndexCheck& check, int64_t offset) {
  const int rank = check.shape.rank();
  Dims number = Dims::filled(rank, 1);  // what a step along each axis adds to the position
  for (int i = rank - 1; i-- > 0;) number[i] = number[i + 1] * check.shape[i + 1];
  // From the longest stride to the shortest: what is left is then less than one step.
  Dims order;
  for (int i = 0; i < rank; ++i) {
    if (check.strides[i] != 0 && check.shape[i] > 1) order.push_back(i);
    if (check.strides[i] < 0) offset -= check.strides[i] * (check.shape[i] - 1);
  }
  const auto step = [&](int64_t axis) { return std::abs(check.strides[static_cast<int>(axis)]); };
  int64_t position = 0;
  for (int done = 0; done < order.rank(); ++done) {
    int longest = done;
    for (int i = done + 1; i < order.rank(); ++i) {
      if (step(order[i]) > step(order[longest])) longest = i;
    }
    std::swap(order[done], order[longest]);
    const int axis = static_cast<int>(order[done]);
    const int64_t steps = offset / step(axis);
    offset -= steps * step(axis);
    position += number[axis] * (check.strides[axis] > 0 ? steps : check.shape[axis] - 1 - steps);
  }
  return position;
}

void check_values(const IndexCheck& check, const int64_t* first, std::optional<int64_t> ignored) {
  const int rank = check.shape.rank();
  const int64_t count = numel(check.shape);
  for (int64_t position = 0; position < count; ++position) {
    int64_t offset = 0;
    int64_t rest = position;
    for (int i = rank - 1; i >= 0; --i) {
      offset += rest % check.shape[i] * check.strides[i];
      rest /= check.shape[i];
    }
    const int64_t value = first[offset];
    const bool allowed = value >= check.first && value - check.first < check.count;
    if (!allowed && value != ignored) throw_outside(check, position, value);
  }
}

}  // namespace ct
