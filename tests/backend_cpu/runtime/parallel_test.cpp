// Threads of the CPU: results never depend on their number, and errors reach the caller.
#include "backend_cpu/runtime/parallel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <mutex>
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

/// What a parallel_for raises whose pieces in `failing` fail.
std::string error_of(int64_t pieces, const std::vector<int64_t>& failing) {
  try {
    cpu::parallel_for(pieces, [&](int64_t piece) {
      if (std::find(failing.begin(), failing.end(), piece) != failing.end()) {
        throw ValueError("piece " + std::to_string(piece));
      }
    });
  } catch (const ValueError& error) {
    return error.what();
  }
  return "none";
}

TEST_F(ParallelTest, AnErrorReachesTheCallerThatOfTheFirstPieceWhateverTheThreads) {
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    for (int again = 0; again < 50; ++again) {
      EXPECT_EQ(error_of(100, {}), "none");
      EXPECT_EQ(error_of(100, {99}), "piece 99");
      EXPECT_EQ(error_of(100, {97, 40, 60}), "piece 40");
      EXPECT_EQ(error_of(2, {1, 0}), "piece 0");
    }
  }
  EXPECT_TRUE(same_bits(work(), work()));
}

TEST_F(ParallelTest, AnErrorOfARegionInsideAnotherReachesBoth) {
  set_num_threads(2);
  std::string inner = "none";
  std::mutex mutex;
  EXPECT_THROW(cpu::parallel_for(4,
                                 [&](int64_t piece) {
                                   if (piece != 2) return;
                                   const std::string error = error_of(10, {5});
                                   const std::lock_guard lock(mutex);
                                   inner = error;
                                   throw IndexError(error);
                                 }),
               IndexError);
  EXPECT_EQ(inner, "piece 5");
}

TEST_F(ParallelTest, PiecesBeforeTheOneThatFailedHaveRun) {
  set_num_threads(2);
  std::vector<int> ran(1000, 0);
  EXPECT_THROW(cpu::parallel_for(1000,
                                 [&](int64_t piece) {
                                   if (piece == 700) throw ValueError("here");
                                   ran[static_cast<size_t>(piece)] = 1;
                                 }),
               ValueError);
  EXPECT_EQ(std::count(ran.begin(), ran.begin() + 700, 1), 700);
}

}  // namespace
}  // namespace ct::test
