// CpuBackend's convolutions: dense operands in the compute type (copied only if they are not), the
// algorithm that choice.cpp names, the epilogue.
#include <algorithm>
#include <cassert>
#include <type_traits>

#include "backend_cpu/conv/choice.hpp"
#include "backend_cpu/conv/conv_depthwise.hpp"
#include "backend_cpu/conv/conv_gemm.hpp"
#include "backend_cpu/conv/conv_integer.hpp"
#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/pointwise/pointwise.hpp"
#include "core/view/dense.hpp"

namespace ct::cpu {
namespace {

ConvSizes sizes_of(const ConvArgs& args) {
  const int rank = args.x.shape.rank();
  assert((rank == 4 || rank == 5) && args.w.shape.rank() == rank && args.y.shape.rank() == rank);
  const int h = rank - 4;  // of the axes behind n and c
  ConvSizes s;
  s.n = args.x.shape[0];
  s.c = args.x.shape[1];
  s.h = args.x.shape[2 + h];
  s.w = args.x.shape[3 + h];
  s.o = args.w.shape[0];
  s.kh = args.w.shape[2 + h];
  s.kw = args.w.shape[3 + h];
  s.oh = args.y.shape[2 + h];
  s.ow = args.y.shape[3 + h];
  s.stride_h = args.stride[h];
  s.stride_w = args.stride[h + 1];
  s.pad_h = args.padding[h];
  s.pad_w = args.padding[h + 1];
  s.dilation_h = args.dilation[h];
  s.dilation_w = args.dilation[h + 1];
  s.groups = args.groups;
  if (h == 0) return s;
  s.d = args.x.shape[2];
  s.kd = args.w.shape[2];
  s.od = args.y.shape[2];
  s.stride_d = args.stride[0];
  s.pad_d = args.padding[0];
  s.dilation_d = args.dilation[0];
  return s;
}

/// Calls fn with a value of the type that this dtype is computed in.
template <class F>
void with_compute_type(DType dtype, F&& fn) {
  switch (wrapping_type(dtype)) {
    case DType::float64:
      return fn(double{});
    case DType::int32:
      return fn(int32_t{});
    case DType::int64:
      return fn(int64_t{});
    default:
      return fn(float{});
  }
}

/// The epilogue on parts of a dense y.
struct ForwardEpilogue {
  const Epilogue* epilogue;
  const TensorView& y;

  void operator()(const ConvPart& part) const {
    if (y.shape.rank() == 4) {
      TensorView finished = y;
      narrow_axis(finished, 0, part.image, part.image_end - part.image);
      narrow_axis(finished, 1, part.channel, part.channel_end - part.channel);
      narrow_axis(finished, 2, part.row, part.row_end - part.row);
      return run_epilogue(*epilogue, finished, {part.image, part.channel, part.row, 0});
    }
    for (int64_t z = part.image; z < part.image_end; ++z) {
      const int64_t sample = z / y.shape[2], depth = z % y.shape[2];
      TensorView finished = y;
      narrow_axis(finished, 0, sample, 1);
      narrow_axis(finished, 1, part.channel, part.channel_end - part.channel);
      narrow_axis(finished, 2, depth, 1);
      narrow_axis(finished, 3, part.row, part.row_end - part.row);
      run_epilogue(*epilogue, finished, {sample, part.channel, depth, part.row, 0});
    }
  }
};

template <class T>
void fill_bias(const ConvSizes& s, const T* bias, T* y) {
  const int64_t plane = s.od * s.oh * s.ow;
  for (int64_t i = 0; i < s.n * s.o; ++i, y += plane) {
    std::fill(y, y + plane, bias != nullptr ? bias[i % s.o] : T{0});
  }
}

template <class T>
void forward(CpuBackend& backend, const ConvArgs& args) {
  const ConvSizes s = sizes_of(args);
  if (s.n * s.o * s.od * s.oh * s.ow == 0) return;
  const DenseInput x(backend, args.x, dtype_of<T>), w(backend, args.w, dtype_of<T>),
      bias(backend, args.bias, dtype_of<T>);
  DenseOutput y(backend, args.y, dtype_of<T>);
  const ForwardEpilogue epilogue{&args.epilogue, y.view()};
  ConvDone done;
  if (args.epilogue.program != nullptr) {
    done.context = &epilogue;
    done.call = [](const void* at, const ConvPart& part) {
      (*static_cast<const ForwardEpilogue*>(at))(part);
    };
  }
  const ConvPart whole{0, s.n * s.od, 0, s.o, 0, s.oh};
  const ConvAlgorithm algorithm = choose_conv(s, Pass::forward, dtype_of<T>);
  if (algorithm == ConvAlgorithm::nothing) {
    fill_bias(s, bias.data<T>(), y.data<T>());
    done(whole);
  } else if constexpr (std::is_integral_v<T>) {
    conv_forward_integer(s, x.data<T>(), w.data<T>(), bias.data<T>(), y.data<T>());
    done(whole);
  } else if (algorithm == ConvAlgorithm::depthwise) {
    conv_forward_depthwise(s, x.data<T>(), w.data<T>(), bias.data<T>(), y.data<T>(), done);
  } else {
    conv_forward_gemm(s, x.data<T>(), w.data<T>(), bias.data<T>(), y.data<T>(), done,
                      algorithm == ConvAlgorithm::winograd);
  }
  y.finish();
}

template <class T>
void grad_input(CpuBackend& backend, const ConvArgs& args) {
  const ConvSizes s = sizes_of(args);
  const DenseInput y(backend, args.y, dtype_of<T>), w(backend, args.w, dtype_of<T>);
  DenseOutput x(backend, args.x, dtype_of<T>);
  const ConvAlgorithm algorithm = choose_conv(s, Pass::grad_input, dtype_of<T>);
  if (algorithm == ConvAlgorithm::nothing) {
    std::fill_n(x.data<T>(), s.n * s.c * s.d * s.h * s.w, T{0});
  } else if constexpr (std::is_integral_v<T>) {
    conv_grad_input_integer(s, y.data<T>(), w.data<T>(), x.data<T>());
  } else if (algorithm == ConvAlgorithm::depthwise) {
    conv_grad_input_depthwise(s, y.data<T>(), w.data<T>(), x.data<T>());
  } else {
    conv_grad_input_gemm(s, y.data<T>(), w.data<T>(), x.data<T>(),
                         algorithm == ConvAlgorithm::winograd);
  }
  x.finish();
}

template <class T>
void grad_weight(CpuBackend& backend, const ConvArgs& args) {
  const ConvSizes s = sizes_of(args);
  const DenseInput x(backend, args.x, dtype_of<T>), y(backend, args.y, dtype_of<T>);
  DenseOutput w(backend, args.w, dtype_of<T>);
  const ConvAlgorithm algorithm = choose_conv(s, Pass::grad_weight, dtype_of<T>);
  if (algorithm == ConvAlgorithm::nothing) {
    std::fill_n(w.data<T>(), numel(args.w.shape), T{0});
  } else if constexpr (std::is_integral_v<T>) {
    conv_grad_weight_integer(s, x.data<T>(), y.data<T>(), w.data<T>());
  } else if (algorithm == ConvAlgorithm::depthwise) {
    conv_grad_weight_depthwise(s, x.data<T>(), y.data<T>(), w.data<T>());
  } else {
    conv_grad_weight_gemm(s, x.data<T>(), y.data<T>(), w.data<T>(),
                          algorithm == ConvAlgorithm::winograd);
  }
  w.finish();
}

}  // namespace

void CpuBackend::conv_forward(const ConvArgs& args) {
  with_compute_type(args.y.dtype, [&](auto zero) { forward<decltype(zero)>(*this, args); });
}

void CpuBackend::conv_grad_input(const ConvArgs& args) {
  with_compute_type(args.x.dtype, [&](auto zero) { grad_input<decltype(zero)>(*this, args); });
}

void CpuBackend::conv_grad_weight(const ConvArgs& args) {
  with_compute_type(args.w.dtype, [&](auto zero) { grad_weight<decltype(zero)>(*this, args); });
}

}  // namespace ct::cpu
