// What the machine can do at most, measured in the same run as everything else: fused multiply-adds
// per second and triad bandwidth (a = b + s c, counted as three arrays) with the arrays in L2, L3
// and DRAM, on a number of threads. Prints one JSON line. The loops (limits_kernels.inc) are built
// for several instruction sets and chosen at run time.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

namespace plain {
constexpr int kVectorBytes = 16;
#include "limits_kernels.inc"
}  // namespace plain

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
constexpr int kVectorBytes = 32;
#include "limits_kernels.inc"
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,prefer-vector-width=512")
namespace avx512 {
constexpr int kVectorBytes = 64;
#include "limits_kernels.inc"
}  // namespace avx512
#pragma GCC pop_options
#endif

struct Kernels {
  double (*fma)(float*) = plain::multiply_adds;
  void (*triad)(float*, const float*, const float*, int64_t) = plain::triad;
  const char* name = "128-bit";
};

Kernels choose() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return {avx512::multiply_adds, avx512::triad, "AVX-512"};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return {avx2::multiply_adds, avx2::triad, "AVX2+FMA"};
  }
#endif
  return {};
}

// Calls work(thread) on every thread at once, `repeats` times, for the best of `trials`; returns
// the seconds of one call.
template <class Work>
double best_seconds(int threads, int trials, int repeats, Work work) {
  double best = 1e30;
  for (int trial = 0; trial < trials; ++trial) {
    std::atomic<int> waiting{threads};
    std::vector<double> seconds(static_cast<size_t>(threads));
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) {
      pool.emplace_back([&, t] {
        work(t);  // touches pages, raises the clock
        --waiting;
        while (waiting.load() > 0) {
        }
        const auto start = Clock::now();
        for (int r = 0; r < repeats; ++r) work(t);
        seconds[static_cast<size_t>(t)] =
            std::chrono::duration<double>(Clock::now() - start).count();
      });
    }
    for (auto& thread : pool) thread.join();
    best = std::min(best, *std::max_element(seconds.begin(), seconds.end()) / repeats);
  }
  return best;
}

double gflops(const Kernels& kernels, int threads) {
  std::vector<std::vector<float>> sinks(static_cast<size_t>(threads), std::vector<float>(64, 1.f));
  const double seconds = best_seconds(
      threads, 5, 50, [&](int t) { kernels.fma(sinks[static_cast<size_t>(t)].data()); });
  return threads * kernels.fma(sinks[0].data()) / seconds * 1e-9;
}

// Each thread has three arrays of n floats of its own, offset so that they do not alias in L1.
double gigabytes(const Kernels& kernels, int threads, int64_t bytes_per_thread, int repeats) {
  const int64_t n = std::max<int64_t>(bytes_per_thread / 12 / 16 * 16, 16);
  const int64_t stride = n + 16 * 37;
  std::vector<std::unique_ptr<float, void (*)(void*)>> blocks;
  for (int t = 0; t < threads; ++t) {
    const size_t bytes = (static_cast<size_t>(3 * stride) * 4 / 4096 + 1) * 4096;
    blocks.emplace_back(static_cast<float*>(std::aligned_alloc(4096, bytes)), std::free);
    std::fill_n(blocks.back().get(), 3 * stride, 1.f);
  }
  const double seconds = best_seconds(threads, 7, repeats, [&](int t) {
    float* a = blocks[static_cast<size_t>(t)].get();
    kernels.triad(a, a + stride, a + 2 * stride, n);
  });
  return 12.0 * static_cast<double>(n) * threads / seconds * 1e-9;
}

// Size of a cache from sysfs, in bytes; 0 if the system does not say.
int64_t cache_bytes(int level) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder =
        "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/";
    int found = 0;
    std::string kind, size;
    std::ifstream(folder + "level") >> found;
    std::ifstream(folder + "type") >> kind;
    std::ifstream(folder + "size") >> size;
    if (found == level && kind != "Instruction" && !size.empty()) {
      return std::atoll(size.c_str()) * (size.back() == 'M' ? 1 << 20 : 1 << 10);
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
  const Kernels kernels = choose();
  const int64_t l2 = cache_bytes(2) != 0 ? cache_bytes(2) : int64_t{1} << 20;
  const int64_t l3 = cache_bytes(3) != 0 ? cache_bytes(3) : int64_t{16} << 20;
  // L3 is shared by the threads; DRAM arrays are several times larger than all caches.
  const double gf = gflops(kernels, threads);
  const double in_l2 = gigabytes(kernels, threads, l2 / 2, 400);
  const double in_l3 = gigabytes(kernels, threads, l3 / 2 / threads, 20);
  const double in_dram =
      gigabytes(kernels, threads, std::max<int64_t>(4 * l3, 192 << 20) / threads, 3);
  std::printf(
      "{\"threads\":%d,\"simd\":\"%s\",\"gflops\":%.1f,\"l2_gbs\":%.1f,\"l3_gbs\":%.1f,"
      "\"dram_gbs\":%.1f,\"l2_bytes\":%lld,\"l3_bytes\":%lld}\n",
      threads, kernels.name, gf, in_l2, in_l3, in_dram, static_cast<long long>(l2),
      static_cast<long long>(l3));
  return 0;
}
