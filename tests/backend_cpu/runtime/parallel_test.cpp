// Threads of the CPU through the public interface: results never depend on their number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "backend_cpu/view_builder.hpp"
#include "customtensor/error.hpp"
#include "customtensor/threads.hpp"

namespace ct::test {
namespace {

struct ParallelTest : ::testing::Test {
  int before = num_threads();
  ~ParallelTest() override { set_num_threads(before); }
};

/// A softmax large enough for many pieces.
std::vector<float> work() {
  const Shape shape{300, 501};
  std::vector<float> x(static_cast<size_t>(numel(shape)));
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7919 % 1000) * 0.01F;
  std::vector<float> y(x.size());
  cpu().softmax_forward({.log = false, .axis = 1, .x = dense(x, shape), .y = dense(y, shape)});
  return y;
}

TEST_F(ParallelTest, RejectsLessThanOneThread) {
  try {
    set_num_threads(0);
    FAIL() << "no exception";
  } catch (const ValueError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("must be at least 1: got 0"));
  }
}

TEST_F(ParallelTest, ReportsWhatWasSet) {
  set_num_threads(3);
  EXPECT_EQ(num_threads(), 3);
}

TEST_F(ParallelTest, ResultsAreBitwiseEqualForAnyNumberOfThreads) {
  set_num_threads(1);
  const auto expected = work();
  for (const int threads : {2, 4, 16}) {
    set_num_threads(threads);
    EXPECT_TRUE(same_bits(work(), expected)) << threads;
  }
}

TEST_F(ParallelTest, CallsFromSeveralThreadsAtOnceAreRight) {
  set_num_threads(2);
  const auto expected = work();
  std::vector<std::thread> users;
  std::vector<int> right(4, 0);
  for (size_t t = 0; t < right.size(); ++t) {
    users.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) right[t] += same_bits(work(), expected) ? 1 : 0;
    });
  }
  for (std::thread& user : users) user.join();
  EXPECT_THAT(right, ::testing::Each(20));
}

}  // namespace
}  // namespace ct::test
