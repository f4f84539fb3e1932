// 2-D pooling of the CPU backend: planes are shared out to threads, simd/conv/pool_kernels.hpp does
// one.
#include <algorithm>
#include <cassert>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/simd/conv/pool_kernels.hpp"
#include "core/view/dense.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kPoolGrain = 32768;  // elements of x
// With fewer planes than this the forward pass also cuts planes into bands of rows.
constexpr int64_t kFewPlanes = 16;

PoolPlane plane_of(const PoolArgs& args) {
  assert(args.kernel.rank() == 2);
  const auto axis = [&](int i) {
    return PoolAxis{args.x.shape[i + 2], args.y.shape[i + 2], args.kernel[i],
                    args.stride[i],      args.padding[i],     args.dilation[i]};
  };
  return {axis(0), axis(1)};
}

/// For each output of an axis: the taps that count, at least 1.
template <class T>
std::vector<T> counts_of(const PoolAxis& axis, bool count_padding) {
  std::vector<T> counts;
  const int64_t margin = count_padding ? axis.padding : 0;
  for (int64_t o = 0; o < axis.out; ++o) {
    int64_t count = 0;
    for (int64_t k = 0; k < axis.kernel; ++k) {
      const int64_t position = axis.start(o) + k * axis.dilation;
      if (position >= -margin && position < axis.in + margin) ++count;
    }
    counts.push_back(static_cast<T>(std::max<int64_t>(1, count)));
  }
  return counts;
}

/// Calls fn(plane, begin, end) for bands of output rows.
template <class F>
void for_bands(const PoolArgs& args, const PoolPlane& plane, const F& fn) {
  const int64_t planes = args.x.shape[0] * args.x.shape[1];
  const int64_t size = std::max<int64_t>(1, plane.h.in * plane.w.in);
  if (planes >= kFewPlanes || size <= kPoolGrain || plane.whole()) {
    parallel_ranges(planes, std::max<int64_t>(1, kPoolGrain / size),
                    [&](int64_t begin, int64_t end) {
                      for (int64_t p = begin; p < end; ++p) fn(p, int64_t{0}, plane.h.out);
                    });
    return;
  }
  const int64_t bands = std::min(plane.h.out, size / kPoolGrain);
  parallel_for(planes * bands, [&](int64_t piece) {
    const int64_t band = piece % bands;
    fn(piece / bands, plane.h.out * band / bands, plane.h.out * (band + 1) / bands);
  });
}

template <class F>
void for_planes(const PoolArgs& args, const PoolPlane& plane, const F& fn) {
  const int64_t size = std::max<int64_t>(1, plane.h.in * plane.w.in);
  parallel_ranges(args.x.shape[0] * args.x.shape[1], std::max<int64_t>(1, kPoolGrain / size),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t p = begin; p < end; ++p) fn(p);
                  });
}

template <class T>
void max_forward(CpuBackend& backend, const PoolArgs& args, DType dtype) {
  const PoolPlane plane = plane_of(args);
  const int64_t x_size = plane.h.in * plane.w.in;
  const int64_t y_size = plane.h.out * plane.w.out;
  const DenseInput x(backend, args.x, dtype);
  DenseOutput y(backend, args.y, dtype);
  DenseOutput indices(backend, args.indices, DType::int32);
  auto* const places = indices.data<int32_t>();
  const auto& kernels = max_pool_kernels<T>();
  for_bands(args, plane, [&](int64_t p, int64_t begin, int64_t end) {
    kernels.forward(plane, x.data<T>() + p * x_size, y.data<T>() + p * y_size,
                    places == nullptr ? nullptr : places + p * y_size, begin, end);
  });
  y.finish();
  indices.finish();
}

template <class T>
void max_backward(CpuBackend& backend, const PoolArgs& args, DType dtype) {
  const PoolPlane plane = plane_of(args);
  const int64_t x_size = plane.h.in * plane.w.in;
  const int64_t y_size = plane.h.out * plane.w.out;
  const DenseInput grad_y(backend, args.y, dtype);
  const DenseInput indices(backend, args.indices, DType::int32);
  DenseOutput grad_x(backend, args.x, dtype);
  const auto& kernels = max_pool_kernels<T>();
  for_planes(args, plane, [&](int64_t p) {
    kernels.backward(plane, grad_y.data<T>() + p * y_size, indices.data<int32_t>() + p * y_size,
                     grad_x.data<T>() + p * x_size);
  });
  grad_x.finish();
}

template <class T>
void average_forward(CpuBackend& backend, const PoolArgs& args) {
  const PoolPlane plane = plane_of(args);
  const int64_t x_size = plane.h.in * plane.w.in;
  const int64_t y_size = plane.h.out * plane.w.out;
  const auto counts_h = counts_of<T>(plane.h, args.count_include_pad);
  const auto counts_w = counts_of<T>(plane.w, args.count_include_pad);
  const DenseInput x(backend, args.x, dtype_of<T>);
  DenseOutput y(backend, args.y, dtype_of<T>);
  const auto& kernels = average_pool_kernels<T>();
  for_bands(args, plane, [&](int64_t p, int64_t begin, int64_t end) {
    kernels.forward(plane, counts_h.data(), counts_w.data(), x.data<T>() + p * x_size,
                    y.data<T>() + p * y_size, begin, end);
  });
  y.finish();
}

template <class T>
void average_backward(CpuBackend& backend, const PoolArgs& args) {
  const PoolPlane plane = plane_of(args);
  const int64_t x_size = plane.h.in * plane.w.in;
  const int64_t y_size = plane.h.out * plane.w.out;
  const auto counts_h = counts_of<T>(plane.h, args.count_include_pad);
  const auto counts_w = counts_of<T>(plane.w, args.count_include_pad);
  const DenseInput grad_y(backend, args.y, dtype_of<T>);
  DenseOutput grad_x(backend, args.x, dtype_of<T>);
  const auto& kernels = average_pool_kernels<T>();
  for_planes(args, plane, [&](int64_t p) {
    kernels.backward(plane, counts_h.data(), counts_w.data(), grad_y.data<T>() + p * y_size,
                     grad_x.data<T>() + p * x_size);
  });
  grad_x.finish();
}

/// Calls fn.operator()<T>(dtype) with the type that values of `dtype` are compared in.
template <class F>
void with_max_type(DType dtype, const F& fn) {
  switch (dtype) {
    case DType::float64:
      return fn.template operator()<double>(dtype);
    case DType::int32:
    case DType::int8:
    case DType::int16:
    case DType::uint16:
      return fn.template operator()<int32_t>(DType::int32);
    case DType::int64:
    case DType::uint32:
      return fn.template operator()<int64_t>(DType::int64);
    case DType::uint64:
      return fn.template operator()<uint64_t>(dtype);
    case DType::uint8:
    case DType::bool_:
      return fn.template operator()<uint8_t>(dtype);
    case DType::float32:
    case DType::float16:
    case DType::bfloat16:
      return fn.template operator()<float>(DType::float32);
    case DType::complex64:
    case DType::complex128:
      assert(false && "ops take complex numbers apart");
  }
}

/// Means of integers are taken in double and truncated.
bool average_in_double(DType dtype) { return dtype == DType::float64 || !is_floating(dtype); }

}  // namespace

void CpuBackend::pool_forward(const PoolArgs& args) {
  if (numel(args.y.shape) == 0) return;
  if (args.kind == PoolKind::max) {
    with_max_type(args.x.dtype, [&]<class T>(DType dtype) { max_forward<T>(*this, args, dtype); });
  } else if (average_in_double(args.x.dtype)) {
    average_forward<double>(*this, args);
  } else {
    average_forward<float>(*this, args);
  }
}

void CpuBackend::pool_backward(const PoolArgs& args) {
  if (numel(args.x.shape) == 0) return;
  if (args.kind == PoolKind::max) {
    with_max_type(args.x.dtype, [&]<class T>(DType dtype) { max_backward<T>(*this, args, dtype); });
  } else if (average_in_double(args.x.dtype)) {
    average_backward<double>(*this, args);
  } else {
    average_backward<float>(*this, args);
  }
}

}  // namespace ct::cpu
