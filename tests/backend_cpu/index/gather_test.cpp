// Gather kernels against plain loops: every dtype, any strides, indices out of range, empty shapes.
#include <gtest/gtest.h>

#include <vector>

#include "backend_cpu/lookup.hpp"

namespace ct::test {
namespace {

TEST(CpuGatherTest, AgreesWithNaiveInEveryDtype) {
  for (const DType dtype : kAllDTypes) {
    for (const LookupCase& c : kLookups) {
      for (const bool shared : {false, true}) {
        SCOPED_TRACE(to_string(c.table) + " axis " + std::to_string(c.axis) + " " +
                     std::string(name(dtype)));
        Lookup lookup(dtype, c.axis, c.table, c.count);
        if (shared) lookup.share_indices();
        cpu().gather({.axis = c.axis,
                      .src = lookup.table.view,
                      .index = lookup.index.view,
                      .out = lookup.list.view});
        for_each_index(lookup.list.view.shape, [&](const Dims& at) {
          ASSERT_EQ(lookup.list.at(at), lookup.table.at(lookup.target(at))) << to_string(at);
        });
        if (HasFatalFailure()) return;
      }
    }
  }
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
  }
}

}  // namespace
}  // namespace ct::test
