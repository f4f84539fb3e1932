// Indices and classes out of range on the OpenCL device: every op that takes some says the same as
// on the cpu, late by default, at once where that is asked for.
#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using ::testing::StartsWith;

constexpr const char* kLate =
    "; found by custom_gpu after the call: with CT_CHECK_INDICES=1 the call itself throws";

struct IndexUse {
  const char* what;
  std::function<void(Device)> run;
  std::string message;
};

Tensor index(std::initializer_list<int64_t> values, Device device) {
  return tensor(std::vector<int64_t>(values), {.dtype = int64, .device = device});
}
Tensor grid(Device device, const Shape& shape = {3, 4}) {
  return arange(numel(shape), {.dtype = float32, .device = device}).reshape(shape);
}

/// Every public op that takes an index or classes, each with one that is out of range.
std::vector<IndexUse> uses() {
  return {
      {"gather",
       [](Device d) {
         grid(d).gather(0, index({0, 1, 2, 3}, d).reshape({1, 4}));
       },
       "gather: index 3 at position 3 is out of range for axis 0 of size 3"},
      {"gather along the last axis",
       [](Device d) {
         grid(d).gather(1, index({0, 1, -1, 3, 2, 1}, d).reshape({3, 2}));
       },
       "gather: index -1 at position 2 is out of range for axis 1 of size 4"},
      {"gather of a transposed index",
       [](Device d) {
         grid(d).gather(1, index({0, 1, 2, 3, 9, 1}, d).reshape({2, 3}).t());
       },
       "gather: index 9 at position 3 is out of range for axis 1 of size 4"},
      {"gather of an expanded index",
       [](Device d) {
         grid(d).gather(0, index({1, 7}, d).reshape({2, 1}).expand({2, 4}));
       },
       "gather: index 7 at position 4 is out of range for axis 0 of size 3"},
      {"gather of a reversed index",
       [](Device d) {
         grid(d).gather(0, index({8, 0, 1, 2}, d).flip({0}).reshape({1, 4}));
       },
       "gather: index 8 at position 3 is out of range for axis 0 of size 3"},
      {"index_select",
       [](Device d) {
         grid(d).index_select(0, index({0, 3}, d));
       },
       "index_select: index 3 at position 1 is out of range for axis 0 of size 3"},
      {"index_select with steps",
       [](Device d) {
         grid(d).index_select(1, index({0, 9, 1, 9, -7, 9}, d).reshape({3, 2}).select(1, 0));
       },
       "index_select: index -7 at position 2 is out of range for axis 1 of size 4"},
      {"index_select of wide rows",
       [](Device d) {
         grid(d, {3, 100}).index_select(0, index({1, 2, 3, 0}, d));
       },
       "index_select: index 3 at position 2 is out of range for axis 0 of size 3"},
      {"index_select of bytes", [](Device d) { grid(d).to(uint8).index_select(0, index({-1}, d)); },
       "index_select: index -1 at position 0 is out of range for axis 0 of size 3"},
      {"take",
       [](Device d) {
         grid(d).take(index({-12, 11, 12}, d));
       },
       "take: index 12 at position 2 is out of range for axis 0 of size 12"},
      {"take from the end",
       [](Device d) {
         grid(d).take(index({-12, -13}, d));
       },
       "take: index -13 at position 1 is out of range for axis 0 of size 12"},
      {"take_along_dim",
       [](Device d) {
         grid(d).take_along_dim(index({-3, 2, -4}, d).reshape({3, 1}), 0);
       },
       "take_along_dim: index -4 at position 2 is out of range for axis 0 of size 3"},
      {"embedding",
       [](Device d) {
         embedding(index({0, 1, 5, 2}, d).reshape({2, 2}), grid(d));
       },
       "embedding: index 5 at position 2 is out of range for axis 0 of size 3"},
      {"one_hot",
       [](Device d) {
         one_hot(index({0, 4, 2}, d), 4);
       },
       "one_hot: index 4 at position 1 is out of range for axis 1 of size 4"},
      {"one_hot of a negative class",
       [](Device d) {
         one_hot(index({0, 1, -2}, d));
       },
       "one_hot: index -2 at position 2 is out of range for axis 1 of size 2"},
      {"index",
       [](Device d) {
         grid(d).index({index({0, -3, 3}, d)});
       },
       "index: index 3 at position 2 is out of range for axis 0 of size 3"},
      {"index behind a slice",
       [](Device d) {
         grid(d).index({Slice(), index({0, -5}, d)});
       },
       "index: index -5 at position 1 is out of range for axis 1 of size 4"},
      {"index by two",
       [](Device d) {
         grid(d).index({index({0, 1}, d), index({1, 4}, d)});
       },
       "index: index 4 at position 1 is out of range for axis 1 of size 4"},
      {"index by two that broadcast",
       [](Device d) {
         grid(d).index({index({0, -4}, d).reshape({2, 1}), index({1, 2, 3}, d)});
       },
       "index: index -4 at position 1 is out of range for axis 0 of size 3"},
      {"index_put_",
       [](Device d) {
         grid(d).index_put_({index({1, 3}, d)}, ones({4}, {.device = d}));
       },
       "index_put_: index 3 at position 1 is out of range for axis 0 of size 3"},
      {"index_put_ by two",
       [](Device d) {
         grid(d).index_put_({index({1, 2}, d), index({-5, 0}, d)}, 1.0, true);
       },
       "index_put_: index -5 at position 0 is out of range for axis 1 of size 4"},
      {"scatter",
       [](Device d) {
         grid(d).scatter(0, index({0, 1, 2, 3}, d).reshape({1, 4}), 1.0);
       },
       "scatter: index 3 at position 3 is out of range for axis 0 of size 3"},
      {"scatter_",
       [](Device d) {
         grid(d).scatter_(1, index({0, -1}, d).reshape({2, 1}), ones({2, 1}, d));
       },
       "scatter: index -1 at position 1 is out of range for axis 1 of size 4"},
      {"scatter_add",
       [](Device d) {
         grid(d).scatter_add(1, index({4, 1}, d).reshape({2, 1}), ones({2, 1}, d));
       },
       "scatter_add: index 4 at position 0 is out of range for axis 1 of size 4"},
      {"scatter_add of float16",
       [](Device d) {
         grid(d).to(float16).scatter_add(1, index({4, 1}, d).reshape({2, 1}),
                                         ones({2, 1}, {.dtype = float16, .device = d}));
       },
       "scatter_add: index 4 at position 0 is out of range for axis 1 of size 4"},
      {"scatter_add of float64",
       [](Device d) {
         grid(d).to(float64).scatter_add(1, index({0, 5}, d).reshape({2, 1}),
                                         ones({2, 1}, {.dtype = float64, .device = d}));
       },
       "scatter_add: index 5 at position 1 is out of range for axis 1 of size 4"},
      {"scatter_reduce",
       [](Device d) {
         grid(d).scatter_reduce(1, index({0, 9}, d).reshape({2, 1}), ones({2, 1}, d), "amax");
       },
       "scatter_reduce: index 9 at position 1 is out of range for axis 1 of size 4"},
      {"scatter_reduce of sums",
       [](Device d) {
         grid(d).scatter_reduce(1, index({0, 9}, d).reshape({2, 1}), ones({2, 1}, d), "mean");
       },
       "scatter_reduce: index 9 at position 1 is out of range for axis 1 of size 4"},
      {"index_add",
       [](Device d) {
         grid(d).index_add(0, index({2, 3}, d), ones({2, 4}, {.device = d}));
       },
       "index_add: index 3 at position 1 is out of range for axis 0 of size 3"},
      {"index_copy",
       [](Device d) {
         grid(d).index_copy(0, index({-1, 1}, d), ones({2, 4}, {.device = d}));
       },
       "index_copy: index -1 at position 0 is out of range for axis 0 of size 3"},
      {"index_fill_",
       [](Device d) {
         grid(d).index_fill_(1, index({0, 1, 4}, d), 2.0);
       },
       "index_fill: index 4 at position 2 is out of range for axis 1 of size 4"},
      {"cross_entropy",
       [](Device d) {
         cross_entropy(grid(d), index({0, 3, 4}, d));
       },
       "cross_entropy: target 4 at row 2 is out of range: there are 4 classes"},
      {"cross_entropy of float16",
       [](Device d) {
         cross_entropy(grid(d).to(float16), index({0, -1, 3}, d));
       },
       "cross_entropy: target -1 at row 1 is out of range: there are 4 classes"},
      {"cross_entropy of float64",
       [](Device d) {
         cross_entropy(grid(d).to(float64), index({0, -1, 3}, d));
       },
       "cross_entropy: target -1 at row 1 is out of range: there are 4 classes"},
      {"nll_loss",
       [](Device d) {
         nll_loss(grid(d), index({0, -100, 4}, d));
       },
       "nll_loss: target 4 at row 2 is out of range: there are 4 classes"},
  };
}

using OpenClIndexCheck = CustomGpuTest;

TEST_F(OpenClIndexCheck, TheCpuSaysItAtOnce) {
  for (const IndexUse& use : uses()) {
    EXPECT_EQ(message_of<IndexError>([&] { use.run("cpu"); }), use.message) << use.what;
  }
}

TEST_F(OpenClIndexCheck, ADeviceWithoutKernelsSaysItAtOnce) {
  if (!device_available("stranger")) GTEST_SKIP() << "DEVICE MISSING: stranger";
  for (const IndexUse& use : uses()) {
    EXPECT_EQ(message_of<IndexError>([&] { use.run("stranger"); }), use.message) << use.what;
  }
}

TEST_F(OpenClIndexCheck, TheNextWaitSaysTheSame) {
  for (const IndexUse& use : uses()) {
    EXPECT_EQ(message_of<IndexError>([&] {
                use.run(gpu_);
                gpu_.backend().synchronize();
              }),
              use.message + kLate)
        << use.what;
    EXPECT_NO_THROW(gpu_.backend().synchronize()) << "said twice: " << use.what;
  }
}

TEST_F(OpenClIndexCheck, TheCallSaysItWhereThatIsAskedFor) {
  const ScopedEnvironment at_once("CT_CHECK_INDICES", "1");
  for (const IndexUse& use : uses()) {
    EXPECT_EQ(message_of<IndexError>([&] { use.run(gpu_); }), use.message) << use.what;
    EXPECT_NO_THROW(gpu_.backend().synchronize()) << use.what;
  }
}

TEST_F(OpenClIndexCheck, WhatTheHostReadsNextSaysIt) {
  const Tensor other = ones({2}, gpu_);
  const Tensor x = grid(gpu_).index_select(0, index({0, 5}, gpu_));
  EXPECT_THAT(message_of<IndexError>([&] { other.to_vector<float>(); }),
              StartsWith("index_select: index 5 at position 1 "));
  // What was computed had the index forced into the range, and the device goes on.
  EXPECT_EQ(x.to_vector<float>(), (std::vector<float>{0, 1, 2, 3, 8, 9, 10, 11}));
}

TEST_F(OpenClIndexCheck, ALossOfWrongLabelsIsNeverRead) {
  nn::Linear model(4, 3);
  model.to(gpu_);
  const Tensor loss = cross_entropy(model(grid(gpu_)), index({0, 1, 3}, gpu_));
  loss.backward();
  EXPECT_THAT(message_of<IndexError>([&] { loss.item<float>(); }),
              StartsWith("cross_entropy: target 3 at row 2 is out of range: there are 3 classes"));
}

TEST_F(OpenClIndexCheck, NoneInALargeIndexIsMissed) {
  const int64_t n = 100000;
  const Tensor x = rand({50}, gpu_);
  for (const int64_t at : {int64_t{0}, int64_t{63}, int64_t{64}, n / 2, n - 1}) {
    const Tensor places = zeros({n}, {.dtype = int64, .device = gpu_});
    places.narrow(0, at, 1).fill_(50);
    EXPECT_THAT(message_of<IndexError>([&] { x.index_select(0, places).sum().item<float>(); }),
                StartsWith("index_select: index 50 at position " + std::to_string(at) + " "));
    EXPECT_THAT(message_of<IndexError>(
                    [&] { x.index_add(0, places, ones({n}, gpu_)).sum().item<float>(); }),
                StartsWith("index_add: index 50 at position " + std::to_string(at) + " "));
    EXPECT_THAT(message_of<IndexError>([&] { one_hot(places, 50).sum().item<int64_t>(); }),
                StartsWith("one_hot: index 50 at position " + std::to_string(at) + " "));
  }
}

TEST_F(OpenClIndexCheck, WhatIsInRangeSaysNothing) {
  const Tensor x = grid(gpu_);
  EXPECT_NO_THROW({
    x.take(index({-12, 11}, gpu_));
    x.index({index({-3, 2}, gpu_), index({-4, 3}, gpu_)});
    cross_entropy(x, index({-100, 0, 3}, gpu_));
    nll_loss(x, index({-100, 0, 3}, gpu_));
    x.scatter(0, zeros({0, 4}, {.dtype = int64, .device = gpu_}), 1.0);
    gpu_.backend().synchronize();
  });
}

TEST_F(OpenClIndexCheck, AnAxisOfSizeZeroHasNoIndexAtAll) {
  const Tensor none = zeros({0, 4}, gpu_);
  EXPECT_EQ(message_of<IndexError>([&] { none.index_select(0, index({0}, gpu_)); }),
            "index_select: index 0 at position 0 is out of range for axis 0 of size 0");
}

TEST_F(OpenClIndexCheck, ChecksAddNoWaits) {
  const Tensor x = grid(gpu_);
  const Tensor at = index({0, 1, 2}, gpu_);
  const auto wait_of = [&](const std::function<Tensor()>& op) {
    op().to_vector<float>();
    const uint64_t before = gpu_.backend().counts().host_waits;
    op().to_vector<float>();
    return gpu_.backend().counts().host_waits - before;
  };
  EXPECT_EQ(wait_of([&] { return x.index_select(0, at); }), wait_of([&] { return x + 1; }));
  EXPECT_EQ(wait_of([&] { return cross_entropy(x, at); }), wait_of([&] { return x + 1; }));
}

}  // namespace
}  // namespace ct::test
