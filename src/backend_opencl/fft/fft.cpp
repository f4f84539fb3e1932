// OpenClBackend::fft: kernels/fft/fft.cl, a launch for each prime factor of n between two arrays. A
// large prime is a stage as any other, of p operations a number: right, if slow.
#include <limits>
#include <mutex>
#include <vector>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "backend_opencl/source/kernel_source.hpp"
#include "core/view/dense.hpp"
#include "core/view/unit_root.hpp"

namespace ct::opencl {
namespace {

enum Entry : uint64_t { load, stage, store };

Kernel& kernel_for(Runtime& runtime, Entry entry, DType dtype) {
  static constexpr const char* kEntries[] = {"fft_load", "fft_stage", "fft_store"};
  const uint64_t key = mix(mix(0x666674U, entry), static_cast<uint64_t>(dtype));
  if (Kernel* known = runtime.find(key)) return *known;
  return runtime.build(key, kEntries[entry], kEntries[entry],
                       kernel_source("common") + kernel_source("fft/fft"), runtime.options(dtype));
}

/// exp(-2πi k/n), real parts first.
template <class T>
std::vector<T> roots_of(int64_t n) {
  std::vector<T> roots(static_cast<size_t>(2 * n));
  for (int64_t k = 0; k < n; ++k) {
    const auto [re, im] = unit_root(k, n);
    roots[static_cast<size_t>(k)] = static_cast<T>(re);
    roots[static_cast<size_t>(n + k)] = static_cast<T>(im);
  }
  return roots;
}

/// A pair of arrays, real and imaginary parts.
struct Parts {
  void *re, *im;
};

}  // namespace

void OpenClBackend::fft(const FftArgs& args) {
  if (numel(args.y_re.shape) == 0) return;
  const int64_t lines = numel(args.y_re.shape) / args.y_re.shape[args.axis];
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  if (!stores({&args.y_re}) || args.n > kMost / 2) return Backend::fft(args);
  const DType dtype = args.y_re.dtype;
  Runtime& device = runtime();
  const TensorView x_re = axis_last(args.x_re, args.axis), x_im = axis_last(args.x_im, args.axis);
  const TensorView y_re = axis_last(args.y_re, args.axis), y_im = axis_last(args.y_im, args.axis);
  const DenseInput from_re(*this, x_re, dtype), from_im(*this, x_im, dtype);
  DenseOutput to_re(*this, y_re, dtype), to_im(*this, y_im, dtype);
  const size_t bytes = static_cast<size_t>(lines * args.n) * item_size(dtype);
  const Scratch a_re(device, bytes), a_im(device, bytes), b_re(device, bytes), b_im(device, bytes);
  const Scratch roots(device, static_cast<size_t>(2 * args.n) * item_size(dtype));
  const auto upload = [&](const auto& values) {
    copy_from_host(roots.buffer(), 0, values.data(), values.size() * sizeof(values[0]));
  };
  dtype == DType::float64 ? upload(roots_of<double>(args.n)) : upload(roots_of<float>(args.n));
  Parts now{a_re.buffer(), a_im.buffer()}, next{b_re.buffer(), b_im.buffer()};
  const auto n = static_cast<int32_t>(args.n);
  {
    const std::lock_guard lock(device.mutex());
    Launch first(device, kernel_for(device, load, dtype));
    first.array(from_re);
    first.array(from_im);
    first.buffer(now.re);
    first.buffer(now.im);
    first.values(lines, static_cast<int32_t>(x_re.shape.back()), n, int32_t{args.half},
                 int32_t{args.inverse});
    first.run_tasks(lines, n);
    int32_t left = n, side = 1;
    for (int32_t radix = 2; left > 1; ++radix) {
      // The least factor that is left, and 4 rather than twice 2; of what has none, itself.
      if (int64_t{radix} * radix > left) radix = left;
      while (left % radix == 0) {
        const int32_t taken = radix == 2 && left % 4 == 0 ? 4 : radix;
        const int32_t m = left / taken;
        Launch pass(device, kernel_for(device, stage, dtype));
        for (void* buffer : {now.re, now.im, next.re, next.im}) pass.buffer(buffer);
        pass.buffer(roots.buffer());
        pass.values(lines, n, taken, m, side);
        const int64_t at_once = device.profile().style == Style::cpu ? side : 1;
        pass.run_tasks(lines * n / at_once, at_once * taken);
        std::swap(now, next);
        left = m;
        side *= taken;
        if (left == 1) break;
      }
    }
    if (args.inverse) std::swap(now.re, now.im);
    const auto write = [&](const void* from, DenseOutput& to, int64_t wanted) {
      Launch last(device, kernel_for(device, store, dtype));
      last.buffer(from);
      last.array(to);
      last.values(lines, n, static_cast<int32_t>(wanted));
      if (dtype == DType::float64) {
        last.value(args.scale);
      } else {
        last.value(static_cast<float>(args.scale));
      }
      last.run_tasks(lines * wanted, 1);
    };
    write(now.re, to_re, y_re.shape.back());
    if (y_im) write(now.im, to_im, y_im.shape.back());
  }
  to_re.finish();
  if (y_im) to_im.finish();
}

}  // namespace ct::opencl
