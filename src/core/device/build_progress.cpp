// See customtensor/build_progress.hpp.
#include "customtensor/build_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <mutex>
#include <utility>

namespace ct {
namespace {

constexpr double kSilentSeconds = 1;
std::atomic<int> eager_builds{0};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The line stands only while something is built, so that whatever else is printed finds a clean
/// one.
void show(const KernelBuild& build) {
  if (build.seconds < kSilentSeconds || ::isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r{}\033[K", build.done ? "" : build_line(build));
  std::fflush(stderr);
}

struct State {
  std::mutex mutex;
  std::function<void(const KernelBuild&)> callback;
  uint64_t number = 0;
  double seconds = 0;
  static State& instance() {
    static auto& state = *new State;  // leaked: devices may be used until the very end
    return state;
  }
};

void tell(const KernelBuild& build, const std::function<void(const KernelBuild&)>& callback) {
  if (callback) {
    callback(build);
  } else {
    show(build);
  }
}

}  // namespace

std::function<void(const KernelBuild&)> on_kernel_build(
    std::function<void(const KernelBuild&)> callback) {
  State& state = State::instance();
  const std::lock_guard lock(state.mutex);
  return std::exchange(state.callback, std::move(callback));
}

std::string build_line(const KernelBuild& build) {
  return fmt::format("compiling kernels {}… (only the first time)", build.number);
}

EagerBuilds::EagerBuilds() { eager_builds.fetch_add(1, std::memory_order_relaxed); }
EagerBuilds::~EagerBuilds() { eager_builds.fetch_sub(1, std::memory_order_relaxed); }
bool EagerBuilds::wanted() { return eager_builds.load(std::memory_order_relaxed) > 0; }

BuildingKernel::BuildingKernel(std::string_view what) {
  State& state = State::instance();
  std::function<void(const KernelBuild&)> callback;
  {
    const std::lock_guard lock(state.mutex);
    build_ = {what, ++state.number, state.seconds, false};
    callback = state.callback;
  }
  tell(build_, callback);
  start_ = now();
}

BuildingKernel::~BuildingKernel() {
  State& state = State::instance();
  try {
    std::function<void(const KernelBuild&)> callback;
    {
      const std::lock_guard lock(state.mutex);
      state.seconds += now() - start_;
      build_.seconds = state.seconds;
      callback = state.callback;
    }
    build_.done = true;
    tell(build_, callback);
  } catch (const std::exception&) {  // of the callback: what was built stands
  }
}

}  // namespace ct
