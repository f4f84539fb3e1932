// OpenClBackend::tune: times our products against CLBlast's over a grid of sizes and layouts,
// checks what each gives against float64 on the host, and keeps the times beside the program
// binaries.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

#include "backend_opencl/matmul/choice.hpp"
#include "backend_opencl/matmul/gemm.hpp"
#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/philox.hpp"
#include "customtensor/error.hpp"

namespace ct::opencl {
namespace {

constexpr double kFailed = std::numeric_limits<double>::infinity();
/// Elements of a result that are computed again on the host.
constexpr int kSamples = 64;

/// Numbers in [-1, 1), the same at each run.
template <class T>
std::vector<T> numbers(int64_t count, uint32_t stream) {
  std::vector<T> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); i += 4) {
    const auto words = philox::block({static_cast<uint32_t>(i), stream, 0, 0}, {0, 0});
    for (size_t j = 0; j < std::min<size_t>(4, values.size() - i); ++j) {
      values[i + j] = static_cast<T>(static_cast<int32_t>(words[j])) / T{2147483648};
    }
  }
  return values;
}

template <class T>
class Trial {
 public:
  Trial(Runtime& runtime, OpenClBackend& backend, const Gemm& gemm)
      : runtime_(runtime),
        backend_(backend),
        gemm_(gemm),
        a_(numbers<T>(gemm.m * gemm.k, 1)),
        b_(numbers<T>(gemm.k * gemm.n, 2)),
        a_memory_(runtime, a_.size() * sizeof(T)),
        b_memory_(runtime, b_.size() * sizeof(T)),
        c_memory_(runtime, c_bytes()) {
    backend.copy_from_host(a_memory_.buffer(), 0, a_.data(), a_.size() * sizeof(T));
    backend.copy_from_host(b_memory_.buffer(), 0, b_.data(), b_.size() * sizeof(T));
    args_.a = view(a_memory_, gemm.m, gemm.k, gemm.a_transposed);
    args_.b = view(b_memory_, gemm.k, gemm.n, gemm.b_transposed);
    args_.out = view(c_memory_, gemm.m, gemm.n, false);
  }

  /// Median time of a product in microseconds.
  double time(GemmKernel kernel) {
    // What is not written shows as NaN.
    const std::vector<T> unwritten(c_bytes() / sizeof(T), std::numeric_limits<T>::quiet_NaN());
    backend_.copy_from_host(c_memory_.buffer(), 0, unwritten.data(), c_bytes());
    try {
      run(kernel);  // builds its programs
      if (!is_right()) return kFailed;
    } catch (const BackendError&) {
      return kFailed;
    }
    constexpr int kRuns = 5;
    std::vector<double> times;
    const double once = std::max(1.0, timed(kernel, 1));
    // Batches of a millisecond, so that waiting for the end does not count.
    const int repeats = static_cast<int>(std::clamp(1000.0 / once, 1.0, 100.0));
    for (int i = 0; i < kRuns; ++i) times.push_back(timed(kernel, repeats));
    std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
    return times[kRuns / 2];
  }

 private:
  size_t c_bytes() const { return static_cast<size_t>(gemm_.m * gemm_.n) * sizeof(T); }

  TensorView view(const Scratch& memory, int64_t rows, int64_t columns, bool transposed) const {
    TensorView v;
    v.buffer = memory.buffer();
    v.dtype = gemm_.dtype;
    v.shape = {rows, columns};
    v.strides = transposed ? Strides{1, rows} : Strides{columns, 1};
    return v;
  }

  void run(GemmKernel kernel) {
    if (kernel == GemmKernel::clblast) {
      run_clblast(runtime_, args_, gemm_);
    } else {
      run_own_matmul(runtime_, args_, choose_own_matmul(args_, runtime_.profile()));
    }
  }

  double timed(GemmKernel kernel, int repeats) {
    backend_.synchronize();
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < repeats; ++i) run(kernel);
    backend_.synchronize();
    const std::chrono::duration<double, std::micro> spent =
        std::chrono::steady_clock::now() - begin;
    return spent.count() / repeats;
  }

  bool is_right() {
    std::vector<T> c(c_bytes() / sizeof(T));
    backend_.copy_to_host(c.data(), c_memory_.buffer(), 0, c_bytes());
    if (!std::all_of(c.begin(), c.end(), [](T x) { return std::isfinite(x); })) return false;
    for (int sample = 0; sample < kSamples; ++sample) {
      const auto words = philox::block({static_cast<uint32_t>(sample), 3, 0, 0}, {0, 0});
      const int64_t i = words[0] % gemm_.m;
      const int64_t j = words[1] % gemm_.n;
      double sum = 0;
      double magnitude = 0;
      for (int64_t p = 0; p < gemm_.k; ++p) {
        const T x = a_[static_cast<size_t>(gemm_.a_transposed ? p * gemm_.m + i : i * gemm_.k + p)];
        const T y = b_[static_cast<size_t>(gemm_.b_transposed ? j * gemm_.k + p : p * gemm_.n + j)];
        sum += double{x} * double{y};
        magnitude += std::abs(double{x} * double{y});
      }
      // Any order of summing k products stays within k roundings.
      const double bound =
          static_cast<double>(gemm_.k) * double{std::numeric_limits<T>::epsilon()} * magnitude;
      if (std::abs(double{c[static_cast<size_t>(i * gemm_.n + j)]} - sum) > bound) return false;
    }
    return true;
  }

  Runtime& runtime_;
  OpenClBackend& backend_;
  Gemm gemm_;
  std::vector<T> a_, b_;
  Scratch a_memory_, b_memory_, c_memory_;
  MatmulArgs args_;
};

/// Every layout of every size of the grid.
std::vector<Gemm> trials(const Profile& profile, DType dtype) {
  std::vector<int64_t> sizes{64, 256, 1024};
  if (profile.kind != DeviceClass::cpu) sizes.push_back(4096);
  std::vector<Gemm> all;
  for (const int64_t m : sizes) {
    for (const int64_t n : sizes) {
      for (const int64_t k : sizes) {
        for (const bool a_transposed : {false, true}) {
          for (const bool b_transposed : {false, true}) {
            all.push_back({dtype, a_transposed, b_transposed, m, n, k, a_transposed ? m : k,
                           b_transposed ? k : n, n});
          }
        }
      }
    }
  }
  return all;
}

std::string rate(const Gemm& gemm, double us) {
  if (!std::isfinite(us)) return "wrong or failed";
  const double flops = 2e-3 * static_cast<double>(gemm.m) * static_cast<double>(gemm.n) *
                       static_cast<double>(gemm.k);
  return fmt::format("{:.1f} GFLOP/s", flops / us);
}

}  // namespace

void OpenClBackend::tune(const std::function<void(std::string_view)>& report) {
  if (!has_clblast()) {
    report("nothing to choose: the library was built without CLBlast");
    return;
  }
  Runtime& on = runtime();
  std::vector<Gemm> all = trials(on.profile(), DType::float32);
  if (on.profile().fp64) {
    const std::vector<Gemm> wide = trials(on.profile(), DType::float64);
    all.insert(all.end(), wide.begin(), wide.end());
  }
  std::vector<GemmTiming> timings;
  for (const Gemm& gemm : all) {
    const auto measure = [&](auto zero) {
      Trial<decltype(zero)> trial(on, *this, gemm);
      const double own = trial.time(GemmKernel::own);
      return GemmTiming{gemm, own, trial.time(GemmKernel::clblast)};
    };
    timings.push_back(gemm.dtype == DType::float64 ? measure(0.0) : measure(0.f));
    const GemmTiming& t = timings.back();
    report(fmt::format("{}/{} matmul {} ({}, {}){} @ ({}, {}){}: own {}, CLBlast {}",
                       timings.size(), all.size(), ct::name(gemm.dtype), gemm.m, gemm.k,
                       gemm.a_transposed ? "^T" : "", gemm.k, gemm.n, gemm.b_transposed ? "^T" : "",
                       rate(gemm, t.own_us), rate(gemm, t.clblast_us)));
    if (!std::isfinite(t.own_us) && !std::isfinite(t.clblast_us)) {
      throw BackendError(fmt::format(
          "custom_gpu: neither of the two products of {} ({}, {}) @ ({}, {}) is right on "
          "{}; the driver ({} {}) is not to be trusted",
          ct::name(gemm.dtype), gemm.m, gemm.k, gemm.k, gemm.n, on.profile().name,
          on.profile().platform_name, on.profile().driver));
    }
  }
  on.keep_gemm_timings(std::move(timings));
}

}  // namespace ct::opencl
