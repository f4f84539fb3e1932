// The library's own team of threads. Chosen over OpenMP because a region never waits for a thread
// that the system has not scheduled (libgomp's barrier did, for milliseconds, beside other work),
// and because ThreadSanitizer sees its synchronisation.
//
// Members join a region while there are places left and the caller works too, so that nobody waits
// for a thread that has not woken yet. Idle threads look for work for some microseconds, then
// sleep.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace ct::cpu {

class ThreadPool {
 public:
  using Work = void (*)(void* context, int member);

  /// The only one; never destroyed, since threads may outlive main.
  static ThreadPool& instance();
  /// OMP_NUM_THREADS, else processors().
  static int default_threads();
  /// Processors that this process may run on.
  static int processors();

  /// Calls work(context, member) for member 0 on the calling thread and for some or all of 1 …
  /// team - 1 on others, and waits until all who started are done: `work` must share out what there
  /// is to do by itself, and throw nothing. If another thread's region is running, only the caller
  /// works.
  void run(int team, Work work, void* context);

 private:
  void serve();

  std::mutex region_mutex_;  // one region at a time
  std::mutex mutex_;         // guards what follows
  std::condition_variable wake_, done_;
  int threads_ = 0, sleeping_ = 0;
  int next_member_ = 0, team_ = 0;  // places left: next_member_ … team_ - 1
  Work work_ = nullptr;
  void* context_ = nullptr;
  // Written under the mutex, watched without it for a while before sleeping.
  std::atomic<bool> open_{false};  // there are places left
  std::atomic<int> active_{0};     // members at work
};

}  // namespace ct::cpu
