// Shapes: the inline list, strides, broadcasting, axis numbers, text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <customtensor/customtensor.hpp>
#include <sstream>
#include <type_traits>
#include <vector>

namespace ct {
namespace {

using testing::StrEq;

template <class E, class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "no error";
}

TEST(Dims, InsertsErasesAndResizes) {
  Dims dims{2, 3};
  dims.insert(1, 7);
  EXPECT_EQ(dims, (Dims{2, 7, 3}));
  dims.erase(0);
  EXPECT_EQ(dims, (Dims{7, 3}));
  dims.resize(4);
  EXPECT_EQ(dims, (Dims{7, 3, 1, 1}));
  dims.resize(1);
  EXPECT_EQ(dims, Dims{7});
}

TEST(Dims, ComparesRankAndValues) {
  EXPECT_NE((Dims{2, 3}), (Dims{2, 3, 1}));
  EXPECT_NE((Dims{2, 3}), (Dims{3, 2}));
  EXPECT_EQ(Dims(std::vector<int64_t>{4, 5}), (Dims{4, 5}));
}

TEST(Dims, AreAlsoOneNumber) {
  static_assert(!std::is_convertible_v<bool, Dims>);  // keepdim in the wrong place
  static_assert(!std::is_convertible_v<double, Dims>);
  const Tensor x = zeros({2, 3});
  EXPECT_EQ(x.sum(0).shape(), Shape{3});
  EXPECT_EQ(x.mean(-1, true).shape(), (Shape{2, 1}));
  EXPECT_EQ(zeros(3).shape(), Shape{3});
  EXPECT_EQ(x.view(-1).shape(), Shape{6});
}

TEST(Dims, RejectsMoreThanEightAxes) {
  Dims dims = Dims::filled(8, 2);
  EXPECT_THAT(message_of<ShapeError>([&] { dims.push_back(2); }),
              StrEq("shape: too many axes: 9, at most 8"));
  EXPECT_EQ(dims.rank(), 8);
  EXPECT_THROW(Dims(std::vector<int64_t>(12, 1)), ShapeError);
}

TEST(Shape, CountsElements) {
  EXPECT_EQ(numel({2, 3, 4}), 24);
  EXPECT_EQ(numel({}), 1);
  EXPECT_EQ(numel({5, 0}), 0);
}

TEST(Shape, DenseStridesAreRowMajor) {
  EXPECT_EQ(contiguous_strides({2, 3, 4}), (Strides{12, 4, 1}));
  EXPECT_EQ(contiguous_strides({7}), Strides{1});
  EXPECT_EQ(contiguous_strides({}), Strides{});
}

TEST(Shape, DenseStridesOfAnEmptyShapeAreNotZero) {
  EXPECT_EQ(contiguous_strides({2, 0, 4}), (Strides{4, 4, 1}));
}

TEST(Broadcast, StretchesAxesOfSizeOne) {
  EXPECT_EQ(broadcast_shapes({2, 1, 4}, {3, 1}, "add"), (Shape{2, 3, 4}));
  EXPECT_EQ(broadcast_shapes({3, 1}, {2, 1, 4}, "add"), (Shape{2, 3, 4}));
  EXPECT_EQ(broadcast_shapes({}, {5}, "add"), Shape{5});
  EXPECT_EQ(broadcast_shapes({2, 3}, {2, 3}, "add"), (Shape{2, 3}));
}

TEST(Broadcast, StretchesToEmpty) {
  EXPECT_EQ(broadcast_shapes({0, 3}, {1, 3}, "add"), (Shape{0, 3}));
  EXPECT_THROW(broadcast_shapes({0}, {2}, "add"), ShapeError);
}

TEST(Broadcast, ErrorNamesOpShapesAndAxis) {
  EXPECT_THAT(message_of<ShapeError>([] {
                broadcast_shapes({2, 3}, {4}, "add");
              }),
              StrEq("add: cannot broadcast shapes (2, 3) and (4): axis -1 has sizes 3 and 4"));
  EXPECT_THAT(
      message_of<ShapeError>([] {
        broadcast_shapes({4, 1}, {2, 3, 1}, "mul");
      }),
      StrEq("mul: cannot broadcast shapes (4, 1) and (2, 3, 1): axis -2 has sizes 4 and 3"));
}

TEST(Axis, CountsFromTheEndWhenNegative) {
  EXPECT_EQ(normalize_axis(1, 3, "sum"), 1);
  EXPECT_EQ(normalize_axis(-1, 3, "sum"), 2);
  EXPECT_EQ(normalize_axis(-3, 3, "sum"), 0);
}

TEST(Axis, ErrorSaysWhatIsInRange) {
  EXPECT_THAT(message_of<IndexError>([] { normalize_axis(3, 3, "sum"); }),
              StrEq("sum: axis out of range: axis 3 of a tensor with 3 axes; use -3 to 2"));
  EXPECT_THAT(message_of<IndexError>([] { normalize_axis(-1, 0, "sum"); }),
              StrEq("sum: axis out of range: axis -1 of a tensor without axes"));
}

TEST(Shape, PrintsInParentheses) {
  EXPECT_EQ(to_string(Shape{2, 3}), "(2, 3)");
  EXPECT_EQ(to_string(Shape{4}), "(4)");
  EXPECT_EQ(to_string(Shape{}), "()");
  std::ostringstream out;
  out << Shape{-1, 5};
  EXPECT_EQ(out.str(), "(-1, 5)");
}

}  // namespace
}  // namespace ct
