// Runs the pieces of a parallel_for on a team of threads: those of thread_pool.hpp, or OpenMP's.
//
// Each thread starts on its own contiguous share of the pieces, so that ops in a row find their
// data in the same core's cache, then helps the others with theirs, so that a busy core delays
// nobody.
#include "backend_cpu/runtime/parallel.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>

#include "customtensor/error.hpp"
#include "customtensor/threads.hpp"

#ifdef CT_OPENMP
#include <omp.h>
#else
#include "backend_cpu/runtime/thread_pool.hpp"
#endif

namespace ct::cpu {
namespace {

constexpr int kMaxTeam = 128;

// Set while the thread works on a piece: a parallel_for inside runs serially.
thread_local constinit bool in_region __attribute__((tls_model("initial-exec"))) = false;

std::atomic<int> wanted_threads{0};  // 0: not asked yet

#ifdef CT_OPENMP
int default_threads() { return omp_get_max_threads(); }
int processors() {
  static const int count = omp_get_num_procs();
  return count;
}
bool inside_foreign_team() { return omp_in_parallel() != 0; }
#else
int default_threads() { return ThreadPool::default_threads(); }
int processors() {
  static const int count = ThreadPool::processors();
  return count;
}
bool inside_foreign_team() { return false; }
#endif

class Region {
 public:
  Region(int64_t pieces, int team, detail::PieceFunction run, void* context)
      : run_(run), context_(context), team_(team) {
    for (int t = 0; t < team; ++t) {
      shares_[static_cast<size_t>(t)].next.store(pieces * t / team, std::memory_order_relaxed);
      shares_[static_cast<size_t>(t)].end = pieces * (t + 1) / team;
    }
  }

  void work(int member) noexcept {
    in_region = true;
    for (int i = 0; i < team_; ++i) {
      Share& share = shares_[static_cast<size_t>((member + i) % team_)];
      while (share.next.load(std::memory_order_relaxed) < share.end) {
        const int64_t piece = share.next.fetch_add(1, std::memory_order_relaxed);
        if (piece >= share.end) break;
        run(piece);
      }
    }
    in_region = false;
  }

  /// Once all have finished: raises the error of the first piece that failed.
  void rethrow() {
    if (first_failed_.load(std::memory_order_relaxed) < kNone) std::rethrow_exception(error_);
  }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

  // Pieces behind one that failed are left out, those before it are not: the error is the one that
  // a single thread would have met.
  void run(int64_t piece) noexcept {
    if (piece > first_failed_.load(std::memory_order_relaxed)) return;
    try {
      run_(context_, piece);
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      if (piece > first_failed_.load(std::memory_order_relaxed)) return;
      first_failed_.store(piece, std::memory_order_relaxed);
      error_ = std::current_exception();
    }
  }

  struct alignas(64) Share {
    std::atomic<int64_t> next;
    int64_t end;
  };
  detail::PieceFunction run_;
  void* context_;
  int team_;
  std::atomic<int64_t> first_failed_{kNone};
  std::mutex error_mutex_;
  std::exception_ptr error_;
  std::array<Share, kMaxTeam> shares_;
};

void run_serially(int64_t pieces, detail::PieceFunction run, void* context) {
  for (int64_t i = 0; i < pieces; ++i) run(context, i);
}

}  // namespace

int num_threads() {
  int threads = wanted_threads.load(std::memory_order_relaxed);
  if (threads == 0) {
    int expected = 0;
    threads = std::max(1, default_threads());
    if (!wanted_threads.compare_exchange_strong(expected, threads)) threads = expected;
  }
  return threads;
}

void set_num_threads(int threads) { wanted_threads.store(threads, std::memory_order_relaxed); }

namespace detail {

void run_pieces(int64_t pieces, PieceFunction run, void* context) {
  const int threads = num_threads();
  if (threads == 1 || in_region) {
    run_serially(pieces, run, context);
    return;
  }
  const int team = static_cast<int>(
      std::min<int64_t>({pieces, int64_t{threads}, int64_t{processors()}, int64_t{kMaxTeam}}));
  if (team == 1 || inside_foreign_team()) {
    run_serially(pieces, run, context);
    return;
  }
  Region region(pieces, team, run, context);
#ifdef CT_OPENMP
#pragma omp parallel num_threads(team) default(none) shared(region)
  region.work(omp_get_thread_num());
#else
  ThreadPool::instance().run(
      team, [](void* r, int member) { static_cast<Region*>(r)->work(member); }, &region);
#endif
  region.rethrow();
}

}  // namespace detail
}  // namespace ct::cpu

namespace ct {

int num_threads() { return cpu::num_threads(); }

void set_num_threads(int threads) {
  if (threads < 1) {
    throw ValueError(
        fmt::format("set_num_threads: the number of threads must be at least 1: got {}", threads));
  }
  cpu::set_num_threads(threads);
}

}  // namespace ct
