// The same bytes as another dtype: sizes that stay, grow and shrink, and what does not fit.
#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

TEST(ViewDtype, KeepsShapeAndStridesWhereTheSizeStays) {
  const Tensor x = tensor({{1.F, -2.F}, {0.5F, 0.F}});
  const Tensor bits = x.t().view(int32);
  EXPECT_EQ(bits.dtype(), int32);
  EXPECT_EQ(bits.strides(), x.t().strides());
  EXPECT_EQ(bits.to_vector<int32_t>(),
            (std::vector<int32_t>{0x3f800000, 0x3f000000, std::bit_cast<int32_t>(0xc0000000U), 0}));
  EXPECT_TRUE(bits.shares_storage(x));
}

TEST(ViewDtype, SmallerElementsLengthenTheLastAxis) {
  const Tensor x = tensor({{1, 2}, {3, 4}}, {.dtype = int32});
  const Tensor bytes = x.view(uint8);
  EXPECT_EQ(bytes.shape(), (Shape{2, 8}));
  EXPECT_EQ(bytes.select(0, 1).to_vector<int>(), (std::vector<int>{3, 0, 0, 0, 4, 0, 0, 0}));
  EXPECT_EQ(x.select(0, 1).view(int16).to_vector<int>(), (std::vector<int>{3, 0, 4, 0}));
}

TEST(ViewDtype, LargerElementsShortenIt) {
  const Tensor x = tensor({{1, 0, 2, 0}, {3, 0, 4, 0}}, {.dtype = int32});
  EXPECT_EQ(x.view(int64).to_vector<int>(), (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(x.narrow(1, 2, 2).view(int64).to_vector<int>(), (std::vector<int>{2, 4}));
  EXPECT_EQ(zeros({2, 0}).view(float64).shape(), (Shape{2, 0}));
}

TEST(ViewDtype, ChangesReachTheTensorAndItsVersion) {
  Tensor x = tensor({1.F, 2.F});
  const uint32_t version = x.version();
  x.view(int32).bitwise_xor_(std::numeric_limits<int32_t>::min());
  EXPECT_EQ(x.to_vector<float>(), (std::vector<float>{-1, -2}));
  EXPECT_GT(x.version(), version);
}

TEST(ViewDtype, IsOutsideOfTheGraph) {
  const Tensor x = tensor({1.F, 2.F}, {.requires_grad = true});
  EXPECT_FALSE(x.view(int32).requires_grad());
  EXPECT_FALSE(x.view(float64).requires_grad());
  EXPECT_TRUE(x.view(float32).requires_grad());
}

TEST(ViewDtype, RefusesWhatDoesNotFit) {
  const auto message = [](const Tensor& x, DType dtype) {
    return test::message_of<ShapeError>([&] { x.view(dtype); });
  };
  const std::string rest = "; copy with contiguous() first, or convert the numbers with .to(dtype)";
  EXPECT_EQ(message(ones({2, 4}).t(), uint8),
            "view: float32 cannot be read as uint8: the last axis is not dense: shape (4, 2), "
            "strides (1, 4), offset 0; copy with contiguous() first, or convert the numbers with "
            ".to(dtype)");
  EXPECT_EQ(message(ones({2, 3}), float64),
            "view: float32 cannot be read as float64: axis 1 is no multiple of 2: shape (2, 3), "
            "strides (3, 1), offset 0" +
                rest);
  EXPECT_EQ(message(ones({2, 4}).narrow(1, 1, 2), float64),
            "view: float32 cannot be read as float64: the first element is at no multiple of 2: "
            "shape (2, 2), strides (4, 1), offset 1" +
                rest);
  EXPECT_EQ(message(ones({2, 3}).narrow(1, 0, 2), float64),
            "view: float32 cannot be read as float64: the stride of axis 0 is no multiple of 2: "
            "shape (2, 2), strides (3, 1), offset 0" +
                rest);
  EXPECT_EQ(message(ones({}), uint8),
            "view: float32 cannot be read as uint8: a number has no axis that could grow or "
            "shrink: shape (), strides (), offset 0" +
                rest);
}

}  // namespace
}  // namespace ct
