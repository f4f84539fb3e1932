// Scatter kernels in every mode against plain loops, and the positions that nonzero gives.
#include <gtest/gtest.h>

#include "backend_cpu/lookup.hpp"

namespace ct::test {
namespace {

double combined(ScatterMode mode, double a, double b) {
  switch (mode) {
    case ScatterMode::assign:
      return b;
    case ScatterMode::add:
      return a + b;
    case ScatterMode::multiply:
      return a * b;
    case ScatterMode::maximum:
      return std::max(a, b);
    case ScatterMode::minimum:
      return std::min(a, b);
  }
  return 0;
}

void scatter(const Lookup& lookup, ScatterMode mode) {
  cpu().scatter({.mode = mode,
                 .axis = lookup.axis,
                 .src = lookup.list.view,
                 .index = lookup.index.view,
                 .out = lookup.table.view});
}

void check(Lookup& lookup, ScatterMode mode) {
  std::vector<double> expected;
  for (int64_t i = 0; i < lookup.table.array.size(); ++i) {
    expected.push_back(lookup.table.array.get(i));
  }
  for_each_index(lookup.list.view.shape, [&](const Dims& at) {
    double& place = expected[static_cast<size_t>(lookup.table.place(lookup.target(at)))];
    place = combined(mode, place, lookup.list.at(at));
    if (lookup.table.array.dtype() == bool_) place = place != 0;
  });
  scatter(lookup, mode);
  for (int64_t i = 0; i < lookup.table.array.size(); ++i) {
    ASSERT_EQ(lookup.table.array.get(i), expected[static_cast<size_t>(i)]) << i;
  }
}

constexpr ScatterMode kExact[] = {ScatterMode::assign, ScatterMode::add, ScatterMode::maximum,
                                  ScatterMode::minimum};

TEST(CpuScatterTest, AgreesWithNaiveInEveryDtype) {
  for (const DType dtype : {float32, float64, int32, int64, bool_}) {
    for (const LookupCase& c : kLookups) {
      for (const ScatterMode mode : kExact) {
        for (const bool shared : {false, true}) {
          SCOPED_TRACE(to_string(c.table) + " axis " + std::to_string(c.axis) + " " +
                       std::string(name(dtype)));
          Lookup lookup(dtype, c.axis, c.table, c.count);
          if (shared) lookup.share_indices();
          check(lookup, mode);
          if (HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(CpuScatterTest, TakesSmallTypesAndProducts) {
  for (const DType dtype : {float16, bfloat16, uint8}) {  // small results: these round or wrap
    for (const ScatterMode mode : kExact) {
      Lookup lookup(dtype, 0, {5, 6}, 20);
      check(lookup, mode);
    }
  }
  for (const DType dtype : {float64, float16, int64, uint8, bool_}) {
    Lookup lookup(dtype, 0, {50, 6}, 20);
    check(lookup, ScatterMode::multiply);
  }
}

TEST(CpuScatterTest, DividesTheRowsOfATable) {
  Lookup lookup(float32, 0, {200, 12}, 3000);
  lookup.share_indices();
  for (const ScatterMode mode : kExact) check(lookup, mode);
}

TEST(CpuScatterTest, NaNWins) {
  for (const ScatterMode mode : {ScatterMode::maximum, ScatterMode::minimum}) {
    Lookup lookup(float32, 0, {1}, 3);
    lookup.list.array.set(1, NAN);
    scatter(lookup, mode);
    EXPECT_TRUE(std::isnan(lookup.table.at({0})));
  }
}

TEST(CpuScatterTest, HalfTypesAddInFloat) {
  Lookup lookup(bfloat16, 0, {1, 1}, 300);
  lookup.table.array.set(0, 0);
  for (int64_t i = 0; i < 300; ++i) lookup.list.array.set(i, 1);
  check(lookup, ScatterMode::add);  // bfloat16 itself would stop at 256
}

TEST(CpuScatterTest, NothingToDoForEmptyShapes) {
  for (const auto& [table, count] :
       {std::pair{Shape{3, 0}, 2}, std::pair{Shape{0, 3}, 0}, std::pair{Shape{3, 2}, 0}}) {
    Viewed t(float32, table);
    Viewed index(int64, {count, table[1]});
    Viewed list(float32, {count, table[1]});
    cpu().scatter({.axis = 0, .src = list.view, .index = index.view, .out = t.view});
  }
}

TEST(CpuScatterTest, ThreadsDoNotChangeABit) {
  for (const Shape& table : {Shape{30, 257}, Shape{100, 20}}) {
    for (const bool shared : {false, true}) {
      Lookup lookup(float32, 0, table, 1500);
      if (shared) lookup.share_indices();
      lookup.list.fill(8, 1.0 / 3);
      Viewed sums(float32, table);
      const auto run = [&] {
        for (int64_t i = 0; i < sums.array.size(); ++i) sums.array.set(i, 0.1);
        cpu().scatter({.mode = ScatterMode::add,
                       .axis = 0,
                       .src = lookup.list.view,
                       .index = lookup.index.view,
                       .out = sums.view});
      };
      EXPECT_TRUE(same_for_any_threads(run, {&sums}));
    }
  }
}

TEST(CpuNonzeroTest, GivesPositionsInRowMajorOrder) {
  std::mt19937 random(4);
  for (const DType dtype : {bool_, float32, float16, int64}) {
    for (const Shape& shape : {Shape{}, Shape{9}, Shape{3, 50, 7}, Shape{2, 40000}, Shape{0, 3}}) {
      for (const bool strided : {false, true}) {
        Viewed input(dtype, shape, random_layout(shape, random, strided));
        input.array.fill_small(random, 0, 1);
        for (int64_t i = 0; is_floating(dtype) && i < input.array.size(); ++i) {
          input.array.set(i, input.array.get(i) / 4);
        }
        std::vector<Dims> expected;
        if (numel(shape) > 0) {
          for_each_index(shape, [&](const Dims& at) {
            if (input.at(at) != 0) expected.push_back(at);
          });
        }
        const auto count = static_cast<int64_t>(expected.size());
        ASSERT_EQ(cpu().nonzero({.input = input.view, .positions = {}}), count);
        Viewed positions(int64, {count, shape.rank()});
        if (count > 0) cpu().nonzero({.input = input.view, .positions = positions.view});
        for (int64_t i = 0; i < count; ++i) {
          for (int a = 0; a < shape.rank(); ++a) {
            ASSERT_EQ(positions.at({i, a}), expected[static_cast<size_t>(i)][a]) << i << " " << a;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace ct::test
