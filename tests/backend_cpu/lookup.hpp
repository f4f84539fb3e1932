// Tables, indices and lists for the tests of gather and scatter.
#pragma once

#include <vector>

#include "backend_cpu/view_builder.hpp"

namespace ct::test {

inline Dims with(Dims index, int axis, int64_t value) {
  index[axis] = value;
  return index;
}

/// `list` elements point into `table` along the axis.
struct Lookup {
  int axis;
  Viewed table, index, list;

  Lookup(DType dtype, int axis_, Shape table_shape, int64_t count)
      : axis(axis_),
        table(dtype, table_shape),
        index(int64, with(table_shape, axis_, count)),
        list(dtype, with(table_shape, axis_, count)) {
    std::mt19937 random(1);
    table.array.fill_small(random, 0, 3);
    list.array.fill_small(random, 0, 3);
    std::uniform_int_distribution<int64_t> row(0, table_shape[axis_] - 1);
    for (int64_t i = 0; i < index.array.size(); ++i) {
      index.array.set(i, static_cast<double>(row(random)));
    }
  }
  /// The same indices for all positions of the other axes, by zero strides.
  void share_indices() {
    for (int i = 0; i < index.view.shape.rank(); ++i) {
      index.view.strides[i] = i == axis ? 1 : 0;
    }
  }
  Dims target(const Dims& at) const { return with(at, axis, static_cast<int64_t>(index.at(at))); }
};

/// Shapes of a table, and how many indices.
struct LookupCase {
  Shape table;
  int axis;
  int64_t count;
};
inline const std::vector<LookupCase> kLookups = {
    {{5}, 0, 9},        {{4, 3}, 0, 7},     {{4, 3}, 1, 5},     {{2, 3, 4}, 0, 3},
    {{2, 3, 4}, 1, 5},  {{2, 3, 4}, 2, 2},  {{50, 40}, 0, 900}, {{1, 6, 1}, 1, 3},
    {{3, 20000}, 1, 7}, {{7, 3}, 0, 20000}, {{10, 2, 3}, 0, 4},
};

}  // namespace ct::test
