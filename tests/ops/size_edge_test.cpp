// Sizes, strides, steps and counts at the edges of int64: what NumPy and PyTorch give, or an error
// before anything is allocated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"
#include "support/memory_limits.hpp"

namespace ct {
namespace {

using test::message_of;
using ::testing::HasSubstr;

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kTwo31 = int64_t{1} << 31, kTwo32 = int64_t{1} << 32, kTwo62 = int64_t{1} << 62;

std::vector<int> ints(const Tensor& t) { return t.to_vector<int>(); }

// --- Views ---------------------------------------------------------------------------------------

TEST(SizeEdge, ViewsOfMoreElementsThan64BitsCountAreErrors) {
  const Tensor nothing = zeros({0});
  EXPECT_EQ(message_of<ShapeError>([&] {
              nothing.view({kTwo32, kTwo32});
            }),
            "view: a size is beyond what 64 bits hold: 4294967296 * 4294967296");
  EXPECT_THROW(nothing.reshape({kTwo32, kTwo32}), ShapeError);
  EXPECT_THROW(nothing.reshape({kTwo32, kTwo32, 0}), ShapeError);
  EXPECT_THROW(nothing.reshape({kTwo32, kTwo32, -1}), ShapeError);
  EXPECT_THROW(ones({4}).reshape({kTwo62, 4, 4}), ShapeError);
  EXPECT_THROW(ones({4}).view({kLeast}), ShapeError);
  EXPECT_THROW(ones({4}).unflatten(0, {kTwo32, kTwo32}), ShapeError);
  EXPECT_THROW(ones({4}).unflatten(0, {kLeast, 2}), ShapeError);
}

TEST(SizeEdge, ExpandCountsItsElements) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({1, 1}).expand({kTwo32, kTwo32});
            }),
            "expand: too many elements: (4294967296, 4294967296)");
  EXPECT_EQ(ones({1}).expand({kTwo62}).index({kTwo62 - 1}).item<float>(), 1);
  EXPECT_THROW(ones({1}).expand({kTwo62}).clone(), Error);
  EXPECT_THROW(ones({1}).expand({kLeast}), ShapeError);
  EXPECT_THROW(ones({1}).expand({kTwo62}).unfold(0, kTwo62 / 2, 1), ShapeError);
}

TEST(SizeEdge, AsStridedStaysInItsStorage) {
  const Tensor four = arange(4);
  EXPECT_EQ(message_of<IndexError>([&] { four.as_strided({5}, {kTwo62}, 0); }),
            "as_strided: shape (5), strides (4611686018427387904) and offset 0 reach beyond any "
            "memory: the storage has 4");
  EXPECT_THROW(four.as_strided({2, 2}, {kTwo62, kTwo62}, 0), IndexError);
  EXPECT_THROW(four.as_strided({2}, {kLeast}, 0), IndexError);
  EXPECT_THROW(four.as_strided({2}, {1}, kMost), IndexError);
  EXPECT_THROW(four.as_strided({-1}, {1}, 0), ShapeError);
  EXPECT_THROW(four.as_strided({kTwo32, kTwo32}, {0, 0}, 0), ShapeError);
  EXPECT_EQ(ints(four.as_strided({1}, {kLeast}, 2)), (std::vector<int>{2}));
  EXPECT_EQ(ints(four.as_strided({1, 1}, {kMost, kMost}, 2).diagonal().unfold(0, 1, kMost)),
            (std::vector<int>{2}));
  EXPECT_EQ(four.as_strided({0, 3}, {kMost, kMost}, kMost).unsqueeze(1).sum().item<int>(), 0);
}

TEST(SizeEdge, FromBlobRefusesWhatNoMemoryIs) {
  float memory[4] = {0, 1, 2, 3};
  EXPECT_EQ(message_of<ShapeError>([&] { from_blob(memory, {-1}); }),
            "from_blob: sizes must not be negative: (-1)");
  EXPECT_THROW(from_blob(memory, {kTwo32, kTwo32}), ShapeError);
  EXPECT_EQ(message_of<ShapeError>([&] { from_blob(memory, {2}, {kTwo62}); }),
            "from_blob: no memory is that large: shape (2) with strides (4611686018427387904)");
  EXPECT_THROW(from_blob(memory, {2}, {-(int64_t{1} << 56)}), ShapeError);  // before address 0
  EXPECT_EQ(from_blob(memory, {1}, {kTwo62}).item<float>(), 0);
  EXPECT_EQ(from_blob(memory + 3, {4}, {-1}).index({3}).item<float>(), 0);
}

TEST(SizeEdge, SlicesOfAnyStepFollowPython) {
  const Tensor v = arange(5);
  const auto from = [&](const Slice& s) { return ints(v.index({s})); };
  EXPECT_EQ(from(Slice(std::nullopt, std::nullopt, kMost)), (std::vector<int>{0}));
  EXPECT_EQ(from(Slice(std::nullopt, std::nullopt, kLeast)), (std::vector<int>{4}));
  EXPECT_EQ(from(Slice(2, kMost, kMost)), (std::vector<int>{2}));
  EXPECT_EQ(from(Slice(-1, kLeast, kLeast + 1)), (std::vector<int>{4}));
  EXPECT_EQ(from(Slice(kLeast, kMost, 2)), (std::vector<int>{0, 2, 4}));
  EXPECT_EQ(from(Slice(kMost, kLeast, -2)), (std::vector<int>{4, 2, 0}));
  EXPECT_EQ(from(Slice(kMost, kMost)), (std::vector<int>{}));
  EXPECT_EQ(v.index({Slice(0, 0, kMost)}).slice(0, Slice(0, 1, kMost)).numel(), 0);
}

TEST(SizeEdge, ASliceOfAHugeStepHasItsGradient) {
  const Tensor x = ones({3}).requires_grad_();
  x.index({Slice(1, std::nullopt, kMost)}).sum().backward();
  EXPECT_EQ(ints(x.grad()), (std::vector<int>{0, 1, 0}));
}

TEST(SizeEdge, PartsByHugeNumbers) {
  const Tensor v = arange(5);
  EXPECT_EQ(chunk(v, kMost).size(), 5U);
  EXPECT_EQ(split(v, kMost).size(), 1U);
  EXPECT_THROW(split(v, kLeast), ValueError);
  EXPECT_THROW(split(v, {kMost, kMost}), ShapeError);
  EXPECT_THROW(v.narrow(0, 1, kMost), IndexError);
  EXPECT_THROW(v.narrow(0, kLeast, 1), IndexError);
  EXPECT_THROW(v.select(0, kLeast), IndexError);
  EXPECT_THROW(v.unfold(0, kMost, 1), ValueError);
  EXPECT_EQ(v.unfold(0, 2, kMost).shape(), (Shape{1, 2}));
}

TEST(SizeEdge, ListsOfTensorsAreBounded) {
  EXPECT_EQ(message_of<ValueError>([] { tensor_split(arange(5), kMost); }),
            "tensor_split: a list of 9223372036854775807 tensors is too long: at most 16777216 can "
            "be made");
  EXPECT_THROW(chunk(zeros({0}), kMost), ValueError);
  EXPECT_THROW(unbind(ones({1}).expand({kTwo62})), ValueError);
  EXPECT_THROW(split(ones({1}).expand({kTwo62}), 1), ValueError);
  EXPECT_EQ(tensor_split(arange(5), 7).size(), 7U);
}

TEST(SizeEdge, DiagonalsBeyondTheCornersAreEmptyOrWhole) {
  const Tensor x = ones({2, 2});
  EXPECT_EQ(ints(x.tril(kMost)), (std::vector<int>{1, 1, 1, 1}));
  EXPECT_EQ(ints(x.tril(kLeast)), (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(ints(x.triu(kMost)), (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(ints(x.triu(kLeast)), (std::vector<int>{1, 1, 1, 1}));
  EXPECT_EQ(x.diagonal(kMost).numel(), 0);
  EXPECT_EQ(x.diagonal(kLeast).numel(), 0);
  EXPECT_THROW(diag_embed(ones({2}), kLeast), ShapeError);
  EXPECT_THROW(diag_embed(ones({2}), kMost), ShapeError);
}

// --- Copies in another order ---------------------------------------------------------------------

TEST(SizeEdge, RollsByAnyNumber) {
  const Tensor x = arange(3.0).requires_grad_();
  EXPECT_EQ(ints(roll(x, kMost)), ints(roll(x, 1)));    // 2^63 - 1 = 3 k + 1
  EXPECT_EQ(ints(roll(x, kLeast)), ints(roll(x, -2)));  // -2^63 = -3 k - 2
  (roll(x, kLeast) * tensor({1.0, 2.0, 3.0}, {.dtype = float32})).sum().backward();
  EXPECT_EQ(ints(x.grad()), ints(roll(tensor({1, 2, 3}), 2)));
}

TEST(SizeEdge, PadsByWhatFits) {
  const Tensor x = ones({2, 3});
  EXPECT_THROW(pad(x, {kMost, kMost}), ShapeError);
  EXPECT_THROW(pad(x, {kLeast, kLeast}), ValueError);
  EXPECT_THROW(pad(x, {kLeast, kMost}), ValueError);
  EXPECT_THROW(pad(x, {kMost, 0}, PadMode::replicate), ShapeError);
  EXPECT_EQ(message_of<ShapeError>([&] {
              pad(x, {kMost, 1});
            }),
            "pad: a size is beyond what 64 bits hold: 9223372036854775807 + 1");
}

TEST(SizeEdge, RepeatsByWhatFits) {
  const Tensor x = ones({2, 3});
  EXPECT_THROW(repeat(x, {kTwo62, kTwo62}), ShapeError);
  EXPECT_THROW(repeat(x, {kMost, 1}), ShapeError);
  EXPECT_THROW(tile(x, {kTwo32, kTwo32}), ShapeError);
  EXPECT_THROW(repeat_interleave(x, kMost, 0), ShapeError);
  EXPECT_THROW(repeat_interleave(x, tensor({kMost, kMost}), 0), ShapeError);
  EXPECT_THROW(repeat_interleave(x, tensor({kTwo62, int64_t{1}}), 0), Error);
  EXPECT_EQ(repeat(zeros({0, 3}), {kTwo31, 1}).numel(), 0);
  const Tensor deep = ones({1, 1, 1, 1, 1, 1, 0, 1});  // no room for another axis
  EXPECT_EQ(repeat(deep, {1, 1, 1, 1, 1, 1, 1, kTwo31}).numel(), 0);
  EXPECT_THROW(cat({ones({1}).expand({kTwo62}), ones({1}).expand({kTwo62})}), ShapeError);
}

TEST(SizeEdge, RepeatsWhereThereIsNoRoomForAnAxis) {
  const Tensor x = arange(6).reshape({2, 1, 1, 1, 1, 1, 1, 3});
  EXPECT_EQ(ints(repeat(x, {1, 1, 1, 1, 1, 1, 1, 2})),
            (std::vector<int>{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5}));
  EXPECT_EQ(ints(repeat(x, {2, 1, 1, 1, 1, 1, 1, 1})),
            (std::vector<int>{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}));
}

// --- Ops with counts -----------------------------------------------------------------------------

TEST(SizeEdge, MatrixPowersOfAnyNumber) {
  const Tensor turn = tensor({{0., 1.}, {-1., 0.}});  // of order 4
  EXPECT_TRUE(test::near(linalg::matrix_power(turn, kLeast), {1, 0, 0, 1}, 1e-6));
  EXPECT_TRUE(test::near(linalg::matrix_power(turn, kMost), {0, -1, 1, 0}, 1e-6));
}

TEST(SizeEdge, WindowsAndStridesBeyondTheImage) {
  const Tensor x = arange(9.0).reshape({1, 1, 3, 3});
  const Tensor one = ones({1, 1, 1, 1});
  EXPECT_EQ(ints(conv2d(x, one, Tensor(), {.stride = kMost})), (std::vector<int>{0}));
  EXPECT_EQ(conv2d(x, one, Tensor(), {.dilation = kMost}).shape(), x.shape());
  EXPECT_EQ(ints(max_pool2d(x, 2, {.stride = kMost})), (std::vector<int>{4}));
  EXPECT_EQ(ints(max_pool2d(x, 2, {.stride = kMost, .ceil_mode = true})),
            ints(max_pool2d(x, 2, {.stride = 3, .ceil_mode = true})));
  EXPECT_EQ(max_pool2d(x, 1, {.stride = 1, .dilation = kMost}).shape(), x.shape());
  EXPECT_THROW(conv2d(x, ones({1, 1, 2, 2}), Tensor(), {.dilation = kMost}), ShapeError);
  EXPECT_EQ(message_of<ValueError>([&] { conv2d(x, one, Tensor(), {.padding = kMost}); }),
            "conv2d: padding must be at most 1073741823: (9223372036854775807, "
            "9223372036854775807)");
  EXPECT_EQ(message_of<ValueError>([&] { max_pool2d(x, kMost, {.padding = kMost / 2}); }),
            "max_pool2d: padding must be at most 65535: (4611686018427387903, "
            "4611686018427387903)");
  EXPECT_THROW(max_pool2d(x, kMost), Error);
  EXPECT_THROW(avg_pool2d(x, kLeast), ValueError);
}

TEST(SizeEdge, AStrideBeyondTheImageHasItsGradients) {
  const auto gradients = [](int64_t stride) {
    const Tensor x = arange(9.0).reshape({1, 1, 3, 3}).requires_grad_();
    const Tensor w = ones({1, 1, 2, 2}).requires_grad_();
    conv2d(x, w, Tensor(), {.stride = stride}).sum().backward();
    max_pool2d(x, 2, {.stride = stride}).sum().backward();
    return std::pair{ints(x.grad()), ints(w.grad())};
  };
  EXPECT_EQ(gradients(kMost), gradients(3));
}

TEST(SizeEdge, CountsOfClassesAndBins) {
  EXPECT_THROW(one_hot(tensor({kMost})), ShapeError);
  EXPECT_THROW(one_hot(tensor({0, 1}), kLeast), ValueError);
  EXPECT_THROW(bincount(tensor({kMost})), ShapeError);
  EXPECT_THROW(histc(ones({3}), kMost, 0, 1), ShapeError);
  EXPECT_THROW(multinomial(ones({3}), kMost, true), Error);
  EXPECT_EQ(histc(ones({1}), (int64_t{1} << 24) + 3, 0, 1).sum().item<float>(), 1);
}

TEST(SizeEdge, DerivativesOfAnyOrder) {
  EXPECT_EQ(message_of<ValueError>([] { polygamma(kMost, ones({1})); }),
            "polygamma: n must be at most 10000: 9223372036854775807");
}

TEST(SizeEdge, SumsOfMuchForNoResult) {
  EXPECT_EQ(zeros({int64_t{1} << 22, 0}).sum({0}).numel(), 0);
  EXPECT_EQ(zeros({kTwo62, 0}).sum({0}).numel(), 0);
}

TEST(SizeEdge, CorrectionsOfAnySize) {
  const Tensor x = tensor({1.0, 3.0});
  EXPECT_EQ(var(x, {}, kLeast).item<double>(), 2.0 / 0x1p63);
  EXPECT_TRUE(std::isinf(var(x, {}, kMost).item<double>()));
}

// --- What no memory is large enough for ----------------------------------------------------------

TEST(SizeEdge, NumbersInARow) {
  EXPECT_EQ(ints(arange(kMost - 1, kMost, 1) - (kMost - 1)), (std::vector<int>{0}));
  EXPECT_EQ(arange(kLeast, kMost, kTwo62).numel(), 4);
  EXPECT_EQ(arange(kLeast, kMost, kTwo62).index({3}).item<int64_t>(), kTwo62);
  EXPECT_EQ(arange(kMost, kLeast, kLeast).numel(), 2);
  EXPECT_THROW(arange(kMost, kMost - 1, 1), ValueError);
  EXPECT_EQ(message_of<ValueError>([] { arange(kLeast, kMost, 1); }),
            "arange: too many numbers from -9.223372036854776e+18 to 9.223372036854776e+18 by 1");
  EXPECT_THROW(arange(0, 1, std::nan("")), ValueError);
  EXPECT_THROW(arange(0.0, 1e300, 1e-300), ValueError);
  EXPECT_EQ(arange(1e12, Device("meta")).numel(), 1000000000000);
}

/// What `make` raises on a machine of one MiB, of which nothing must have been allocated.
template <class Make>
std::string shortage_of(const Make& make) {
  const test::SmallMachine small(size_t{1} << 20);
  const auto before = Device("cpu").backend().memory_stats().misses;
  std::string message = message_of<OutOfMemoryError>(make);
  EXPECT_EQ(Device("cpu").backend().memory_stats().misses, before);
  return message;
}

TEST(SizeEdge, WhatIsLargerThanTheMemoryIsAnErrorOfTheDevice) {
  EXPECT_THAT(shortage_of([] { arange(1e18); }),
              HasSubstr("cpu: out of memory: asked for 4000000000000000000 bytes, in use "));
  EXPECT_THAT(shortage_of([] { linspace(0, 1, int64_t{1} << 50); }),
              HasSubstr(": 4.0 PiB where there are 1.0 MiB in all; use smaller batches"));
  EXPECT_THAT(shortage_of([] { logspace(0, 1, int64_t{1} << 50); }), HasSubstr("4.0 PiB"));
  EXPECT_THAT(shortage_of([] { randperm(int64_t{1} << 50); }), HasSubstr("8.0 PiB"));
  EXPECT_THAT(shortage_of([] { one_hot(tensor({0}), int64_t{1} << 40); }), HasSubstr("8.0 TiB"));
  EXPECT_THAT(shortage_of([] { bincount(tensor({int64_t{1} << 40})); }), HasSubstr("8.0 TiB"));
  EXPECT_THAT(shortage_of([] { repeat_interleave(ones({1}), int64_t{1} << 50); }),
              HasSubstr("4.0 PiB"));
  EXPECT_THAT(shortage_of([] {
                repeat_interleave(ones({2}), tensor({int64_t{1} << 50, int64_t{0}}), 0);
              }),
              HasSubstr("8.0 PiB"));
  EXPECT_THAT(shortage_of([] { repeat(ones({1}), kTwo32); }), HasSubstr("16.0 GiB"));
  EXPECT_THAT(shortage_of([] { pad(ones({1}), {0, kTwo32}); }), HasSubstr("16.0 GiB"));
  EXPECT_THAT(shortage_of([] { rand({kTwo32}); }), HasSubstr("16.0 GiB"));
  EXPECT_THAT(shortage_of([] { eye(kTwo31 / 4); }), HasSubstr("1.0 EiB"));
  EXPECT_THAT(shortage_of([] { ones({1}).expand({kTwo32}).clone(); }), HasSubstr("16.0 GiB"));
  EXPECT_THAT(shortage_of([] {
                matmul(ones({1, 1}).expand({kTwo31, 1}), ones({1, 1}).expand({1, 4}));
              }),
              HasSubstr("32.0 GiB"));
}

TEST(SizeEdge, NegativeSizesAreErrorsEverywhere) {
  EXPECT_THROW(empty({-1}), ShapeError);
  EXPECT_THROW(zeros({0, -1}), ShapeError);
  EXPECT_THROW(full({kLeast}, 1), ShapeError);
  EXPECT_EQ(message_of<ShapeError>([] {
              rand({2, -1});
            }),
            "rand: sizes must not be negative: (2, -1)");
  EXPECT_THROW(randint(0, 3, {-1}), ShapeError);
  EXPECT_THROW(eye(-1), ShapeError);
  EXPECT_THROW(linspace(0, 1, -1), ValueError);
  EXPECT_THROW(randperm(-1), ValueError);
  EXPECT_THROW(normal(0, 1, {-1}), ShapeError);
  EXPECT_THROW(repeat(ones({2}), {-1}), ShapeError);
  EXPECT_THROW(ones({2}).narrow(0, 0, -1), IndexError);
}

TEST(SizeEdge, ADrawThatIsRefusedTakesNothingFromTheStream) {
  Generator generator(3);
  const auto before = generator.state();
  EXPECT_THROW(rand({-1}, {}, &generator), ShapeError);
  EXPECT_THROW(randperm(int64_t{1} << 62, {}, &generator), Error);
  const test::SmallMachine small(size_t{1} << 20);
  EXPECT_THROW(rand({kTwo32}, {}, &generator), OutOfMemoryError);
  EXPECT_THROW(normal(ones({1}).expand({kTwo32}), 1.0, &generator), OutOfMemoryError);
  EXPECT_THROW(dropout(ones({1}).expand({kTwo32}), 0.5, true, &generator), OutOfMemoryError);
  EXPECT_EQ(generator.state().offset, before.offset);
}

}  // namespace
}  // namespace ct
