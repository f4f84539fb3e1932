// See thread_pool.hpp.
#include "backend_cpu/runtime/thread_pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <new>
#include <system_error>
#include <thread>

#include "core/settings.hpp"

#ifdef __linux__
#include <sched.h>
#endif

namespace ct::cpu {
namespace {

// Some 50 to 100 us: longer than most gaps between two ops, shorter than anybody's patience.
constexpr int kSpins = 5000;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

ThreadPool& ThreadPool::instance() {
  static auto& pool = *[] {
    static ThreadPool* made = new ThreadPool;
    // A forked child has the pool but none of its threads, and locks as they were at that moment:
    // it begins with a new pool in the same place.
    ::pthread_atfork(nullptr, nullptr, [] { new (made) ThreadPool; });
    return made;
  }();
  return pool;
}

int ThreadPool::processors() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int ThreadPool::default_threads() {
  if (const auto threads = settings::kThreads.read()) return static_cast<int>(*threads);
  return processors();
}

void ThreadPool::run(int team, Work work, void* context) {
  const std::unique_lock region(region_mutex_, std::try_to_lock);
  if (!region.owns_lock()) {
    work(context, 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    work_ = work;
    context_ = context;
    next_member_ = 1;
    team_ = team;
    try {
      for (; threads_ < team - 1; ++threads_) std::thread([this] { serve(); }).detach();
    } catch (const std::system_error&) {  // the system has no more: those that there are will do
    }
    open_.store(true, std::memory_order_relaxed);
    if (sleeping_ > 0) wake_.notify_all();
  }
  work(context, 0);
  {
    const std::lock_guard lock(mutex_);
    team_ = 0;  // who comes now is too late
    open_.store(false, std::memory_order_relaxed);
  }
  for (int i = 0; i < kSpins; ++i) {
    if (active_.load(std::memory_order_acquire) == 0) return;
    pause();
  }
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return active_.load(std::memory_order_relaxed) == 0; });
}

void ThreadPool::serve() {
  for (;;) {
    for (int i = 0; i < kSpins && !open_.load(std::memory_order_relaxed); ++i) pause();
    std::unique_lock lock(mutex_);
    if (next_member_ >= team_) {
      ++sleeping_;
      wake_.wait(lock, [this] { return next_member_ < team_; });
      --sleeping_;
    }
    const int member = next_member_++;
    if (next_member_ >= team_) open_.store(false, std::memory_order_relaxed);
    active_.fetch_add(1, std::memory_order_relaxed);
    const Work work = work_;
    void* const context = context_;
    lock.unlock();
    work(context, member);
    lock.lock();
    if (active_.fetch_sub(1, std::memory_order_release) == 1) done_.notify_one();
  }
}

}  // namespace ct::cpu
