// fork() by a process that has used the device: the child is told at once, and "cpu" works there.
// The child of a test reports by its exit status; one that hangs is ended.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "backend_opencl/custom_gpu.hpp"
#include "backend_opencl/device/discover.hpp"

namespace ct::test {
namespace {

constexpr unsigned kMostSeconds = 60;
enum Status { kRight = 0, kWrong = 1, kOtherError = 2 };

/// Runs check() in a child: its status, or 128 + the signal that ended it.
template <class F>
int in_child(F&& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kMostSeconds);
    int status = kOtherError;
    try {
      status = check() ? kRight : kWrong;
    } catch (...) {
    }
    ::_exit(status);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Whether use() is refused, by the message of a fork.
template <class F>
bool refused(F&& use) {
  try {
    use();
  } catch (const DeviceLostError& error) {
    return std::string(error.what()) ==
           "custom_gpu: the device cannot be used in a process that was forked from one which uses "
           "it: its driver's threads stay with the parent; fork before the first use of the "
           "device, "
           "or start a program anew (exec); cpu works here";
  }
  return false;
}

using OpenClFork = CustomGpuTest;

TEST_F(OpenClFork, EveryUseInTheChildIsAnErrorAtOnce) {
  const Tensor x = ones({64, 64}, gpu_);
  matmul(x, x).sum().item<float>();
  EXPECT_EQ(in_child([&] { return refused([&] { ones({4}, gpu_); }); }), kRight);
  EXPECT_EQ(in_child([&] { return refused([&] { x.to_vector<float>(); }); }), kRight);
  EXPECT_EQ(in_child([&] { return refused([&] { matmul(x, x); }); }), kRight);
  EXPECT_EQ(in_child([&] { return refused([&] { x.to("cpu"); }); }), kRight);
  EXPECT_EQ(in_child([&] { return refused([&] { ones({4}).to(gpu_); }); }), kRight);
  EXPECT_EQ(in_child([&] { return refused([&] { gpu_.backend().synchronize(); }); }), kRight);
  EXPECT_EQ(in_child([&] { return refused([] { opencl::discover(); }); }), kRight);
}

TEST_F(OpenClFork, TheChildOfTheChildIsToldToo) {
  ones({4}, gpu_);
  EXPECT_EQ(in_child([&] {
              return in_child([&] { return refused([&] { ones({4}, gpu_); }); }) == kRight;
            }),
            kRight);
}

TEST_F(OpenClFork, TensorsOfTheParentMayBeFreedInTheChild) {
  auto x = std::make_unique<Tensor>(ones({1000}, gpu_));
  EXPECT_EQ(in_child([&] {
              x.reset();
              return !devices().empty();
            }),
            kRight);
  EXPECT_EQ(x->sum().item<float>(), 1000) << "the parent's is as it was";
}

TEST_F(OpenClFork, TheCpuWorksInTheChild) {
  const int threads = num_threads();
  set_num_threads(2);
  const Tensor x = ones({512, 512});
  const float expected = matmul(x, x).sum().item<float>();
  ones({4}, gpu_);
  EXPECT_EQ(in_child([&] {
              for (int i = 0; i < 20; ++i) {
                if (matmul(x, x).sum().item<float>() != expected) return false;
              }
              return true;
            }),
            kRight);
  set_num_threads(threads);
}

TEST_F(OpenClFork, AChildMayEndByExit) {
  ones({4}, gpu_);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(kMostSeconds);
    std::exit(refused([&] { ones({4}, gpu_); }) ? kRight : kWrong);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace ct::test
