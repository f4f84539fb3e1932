#include <gtest/gtest.h>

#include <vector>

#include "backend_cpu/view_builder.hpp"

namespace ct::test {
namespace {

Dims with(Dims index, int axis, int64_t value) {
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

  void check_gather() {
    cpu().gather({.axis = axis, .src = table.view, .index = index.view, .out = list.view});
    for_each_index(list.view.shape, [&](const Dims& at) {
      ASSERT_EQ(list.at(at), table.at(target(at))) << to_string(at);
    });
  }
  void check_scatter() {
    std::vector<double> expected;
    for (int64_t i = 0; i < table.array.size(); ++i) expected.push_back(table.array.get(i));
    for_each_index(list.view.shape, [&](const Dims& at) {
      double& sum = expected[static_cast<size_t>(table.place(target(at)))];
      sum += list.at(at);
      if (table.array.dtype() == bool_) sum = sum != 0;
    });
    cpu().scatter_add({.axis = axis, .src = list.view, .index = index.view, .out = table.view});
    for (int64_t i = 0; i < table.array.size(); ++i) {
      ASSERT_EQ(table.array.get(i), expected[static_cast<size_t>(i)]) << i;
    }
  }
};

struct Case {
  Shape table;
  int axis;
  int64_t count;
};
const std::vector<Case> kCases = {
    {{5}, 0, 9},        {{4, 3}, 0, 7},     {{4, 3}, 1, 5},     {{2, 3, 4}, 0, 3},
    {{2, 3, 4}, 1, 5},  {{2, 3, 4}, 2, 2},  {{50, 40}, 0, 900}, {{1, 6, 1}, 1, 3},
    {{3, 20000}, 1, 7}, {{7, 3}, 0, 20000}, {{10, 2, 3}, 0, 4},
};

TEST(CpuGatherTest, AgreesWithNaiveInEveryDtype) {
  for (const DType dtype : kAllDTypes) {
    for (const Case& c : kCases) {
      for (const bool shared : {false, true}) {
        SCOPED_TRACE(to_string(c.table) + " axis " + std::to_string(c.axis) + " " +
                     std::string(name(dtype)));
        Lookup lookup(dtype, c.axis, c.table, c.count);
        if (shared) lookup.share_indices();
        lookup.check_gather();
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(CpuScatterAddTest, AgreesWithNaiveInEveryDtype) {
  for (const DType dtype : {float32, float64, int32, int64, bool_}) {
    for (const Case& c : kCases) {
      for (const bool shared : {false, true}) {
        SCOPED_TRACE(to_string(c.table) + " axis " + std::to_string(c.axis) + " " +
                     std::string(name(dtype)));
        Lookup lookup(dtype, c.axis, c.table, c.count);
        if (shared) lookup.share_indices();
        lookup.check_scatter();
        if (HasFatalFailure()) return;
      }
    }
  }
  for (const DType dtype : {float16, bfloat16, uint8}) {  // small sums: these round or wrap
    Lookup lookup(dtype, 0, {5, 6}, 20);
    lookup.check_scatter();
  }
}

TEST(CpuScatterAddTest, HalfTypesAddInFloat) {
  Lookup lookup(bfloat16, 0, {1, 1}, 300);
  lookup.table.array.set(0, 0);
  for (int64_t i = 0; i < 300; ++i) lookup.list.array.set(i, 1);
  lookup.check_scatter();  // bfloat16 itself would stop at 256
}

TEST(CpuGatherTest, TakesAnyStrides) {
  std::mt19937 random(2);
  for (int i = 0; i < 40; ++i) {
    const int axis = i % 3;
    const Shape table_shape{3, 4, 5};
    const Shape list_shape = with(table_shape, axis, 6);
    Lookup lookup(float32, axis, table_shape, 6);
    Viewed table(float32, table_shape, random_layout(table_shape, random, i % 2 == 0));
    Viewed list(float32, list_shape, random_layout(list_shape, random, false));
    table.fill(3);
    cpu().gather({.axis = axis, .src = table.view, .index = lookup.index.view, .out = list.view});
    for_each_index(list_shape, [&](const Dims& at) {
      ASSERT_EQ(list.at(at), table.at(lookup.target(at))) << to_string(at);
    });
  }
}

TEST(CpuGatherTest, IndicesOutOfRangeAreForcedIntoIt) {
  Lookup lookup(float32, 0, {3}, 2);
  lookup.index.array.set(0, -5);
  lookup.index.array.set(1, 9);
  cpu().gather(
      {.axis = 0, .src = lookup.table.view, .index = lookup.index.view, .out = lookup.list.view});
  EXPECT_EQ(lookup.list.at({0}), lookup.table.at({0}));
  EXPECT_EQ(lookup.list.at({1}), lookup.table.at({2}));
}

TEST(CpuGatherTest, NothingToDoForEmptyShapes) {
  for (const auto& [table, count] :
       {std::pair{Shape{3, 0}, 2}, std::pair{Shape{0, 3}, 0}, std::pair{Shape{3, 2}, 0}}) {
    Viewed t(float32, table);
    Viewed index(int64, {count, table[1]});
    Viewed list(float32, {count, table[1]});
    cpu().gather({.axis = 0, .src = t.view, .index = index.view, .out = list.view});
    cpu().scatter_add({.axis = 0, .src = list.view, .index = index.view, .out = t.view});
  }
}

TEST(CpuScatterAddTest, ThreadsDoNotChangeABit) {
  for (const bool shared : {false, true}) {
    Lookup lookup(float32, 0, {30, 257}, 500);
    if (shared) lookup.share_indices();
    lookup.list.fill(8, 1.0 / 3);
    Viewed sums(float32, {30, 257});
    const auto run = [&] {
      for (int64_t i = 0; i < sums.array.size(); ++i) sums.array.set(i, 0.1);
      cpu().scatter_add(
          {.axis = 0, .src = lookup.list.view, .index = lookup.index.view, .out = sums.view});
    };
    EXPECT_TRUE(same_for_any_threads(run, {&sums}));
  }
}

}  // namespace
}  // namespace ct::test
