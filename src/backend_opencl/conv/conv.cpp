// OpenClBackend's convolutions: kernels/conv/conv.cl on dense arrays. Forward and input gradient
// are ConvProducts, the latter one for each phase of the step; the weight gradient is summed over
// parts of the images, which are added in order.
#include <algorithm>
#include <mutex>
#include <numeric>

#include "backend_opencl/conv/choice.hpp"
#include "backend_opencl/conv/conv_product.hpp"
#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"
#include "core/view/epilogue.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

int32_t narrow(int64_t value) { return static_cast<int32_t>(value); }

/// Sizes that the kernels count in 32 bits.
bool fits(const ConvArgs& args) {
  constexpr int64_t kMostElements = int64_t{1} << 30;
  return numel(args.x.shape) < kMostElements && numel(args.w.shape) < kMostElements &&
         numel(args.y.shape) < kMostElements;
}

/// How many axes there are before those of a plane: 0, or 1 for the third.
int outer_axes(const ConvArgs& args) { return args.x.shape.rank() - 4; }

ConvProduct forward_product(const ConvArgs& args) {
  const Shape &x = args.x.shape, &w = args.w.shape, &y = args.y.shape;
  const int outer = outer_axes(args), row = 2 + outer, column = 3 + outer;
  ConvProduct p;
  p.images = narrow(x[0]);
  p.groups = narrow(args.groups);
  p.m = narrow(w[0] / args.groups);
  p.channels = narrow(w[1]);
  p.h = narrow(x[row]);
  p.w = narrow(x[column]);
  p.rows = p.out_h = narrow(y[row]);
  p.columns = p.out_w = narrow(y[column]);
  for (int i = 0; i < 2; ++i) {
    p.step[i] = narrow(args.stride[i + outer]);
    p.first[i] = -narrow(args.padding[i + outer]);
    p.taps[i] = narrow(w[row + i]);
    p.tap_step[i] = narrow(args.dilation[i + outer]);
  }
  p.w_channel = w[row] * w[column];
  p.w_tap[0] = w[column];
  p.w_tap[1] = 1;
  if (outer > 0) {
    p.flat = 0;
    p.d_grid = p.d_out = narrow(y[2]);
    p.d_taps = narrow(w[2]);
    p.d_step = narrow(args.stride[0]);
    p.d_first = -narrow(args.padding[0]);
    p.d_tap_step = narrow(args.dilation[0]);
    p.d_source = narrow(x[2]);
    p.w_depth = p.w_channel;
    p.w_channel *= w[2];
    p.images *= p.d_grid;
    p.channels *= p.d_taps;
  }
  p.w_row = w[1] * p.w_channel;
  p.w_group = p.m * p.w_row;
  return p;
}

/// What of one axis reaches the places i * stride + phase of x: output o = i + first + tap * step
/// under weight tap first_tap + tap * every.
struct Phase {
  int64_t places, first_tap = 0, every = 1, taps = 0, first = 0, step = 0;
};

Phase phase_of(int64_t phase, int64_t size, int64_t kernel, int64_t stride, int64_t padding,
               int64_t dilation) {
  Phase p{.places = ceil_div(size - phase, stride)};
  p.every = stride / std::gcd(stride, dilation);
  while (p.first_tap < kernel && (phase + padding - p.first_tap * dilation) % stride != 0) {
    ++p.first_tap;
  }
  if (p.first_tap >= kernel) return p;
  p.taps = (kernel - 1 - p.first_tap) / p.every + 1;
  p.first = (phase + padding - p.first_tap * dilation) / stride;
  p.step = -dilation * p.every / stride;
  return p;
}

ConvProduct phase_product(const ConvArgs& args, int64_t phase_d, int64_t phase_h, int64_t phase_w) {
  const Shape &x = args.x.shape, &w = args.w.shape, &y = args.y.shape;
  const int outer = outer_axes(args), row = 2 + outer, column = 3 + outer;
  ConvProduct p;
  p.images = narrow(x[0]);
  p.groups = narrow(args.groups);
  p.m = narrow(w[1]);
  p.channels = narrow(w[0] / args.groups);
  p.h = narrow(y[row]);
  p.w = narrow(y[column]);
  p.out_h = narrow(x[row]);
  p.out_w = narrow(x[column]);
  p.w_row = w[row] * w[column] * (outer > 0 ? w[2] : 1);
  p.w_channel = w[1] * p.w_row;
  p.w_group = p.channels * p.w_channel;
  const int64_t phases[2] = {phase_h, phase_w};
  int32_t* const places[2] = {&p.rows, &p.columns};
  for (int i = 0; i < 2; ++i) {
    const int axis = i + outer;
    const Phase phase = phase_of(phases[i], x[row + i], w[row + i], args.stride[axis],
                                 args.padding[axis], args.dilation[axis]);
    *places[i] = narrow(phase.places);
    p.first[i] = narrow(phase.first);
    p.taps[i] = narrow(phase.taps);
    p.tap_step[i] = narrow(phase.step);
    p.out_step[i] = narrow(args.stride[axis]);
    p.out_first[i] = narrow(phases[i]);
    p.w_tap[i] = phase.every * (i == 0 ? w[column] : 1);
    p.w_first += phase.first_tap * (i == 0 ? w[column] : 1);
  }
  if (outer > 0) {
    const Phase phase =
        phase_of(phase_d, x[2], w[2], args.stride[0], args.padding[0], args.dilation[0]);
    p.flat = 0;
    p.d_grid = narrow(phase.places);
    p.d_taps = narrow(std::max<int64_t>(1, phase.taps));
    p.d_first = narrow(phase.first);
    p.d_tap_step = narrow(phase.step);
    p.d_source = narrow(y[2]);
    p.d_out = narrow(x[2]);
    p.d_out_step = narrow(args.stride[0]);
    p.d_out_first = narrow(phase_d);
    p.w_depth = phase.every * w[row] * w[column];
    p.w_first += phase.first_tap * w[row] * w[column];
    p.images *= p.d_grid;
    p.channels *= p.d_taps;
    if (phase.taps == 0) p.taps[0] = 0;
  }
  if (p.taps[0] * p.taps[1] == 0) p.taps[0] = p.taps[1] = 0;
  return p;
}

ConvWeights weights_of(const ConvArgs& args) {
  const Shape &x = args.x.shape, &w = args.w.shape, &y = args.y.shape;
  const int outer = outer_axes(args), row = 2 + outer, column = 3 + outer;
  return {.images = narrow(x[0]),
          .groups = narrow(args.groups),
          .m = narrow(w[0] / args.groups),
          .channels = narrow(w[1]),
          .h = narrow(x[row]),
          .w = narrow(x[column]),
          .oh = narrow(y[row]),
          .ow = narrow(y[column]),
          .kh = narrow(w[row]),
          .kw = narrow(w[column]),
          .step = {narrow(args.stride[outer]), narrow(args.stride[outer + 1])},
          .padding = {narrow(args.padding[outer]), narrow(args.padding[outer + 1])},
          .dilation = {narrow(args.dilation[outer]), narrow(args.dilation[outer + 1])},
          .parts = 1};
}

/// Of tap t of the third axis: the places along it at which the tap is on x.
ConvWeights weights_of(const ConvArgs& args, int64_t t) {
  ConvWeights s = weights_of(args);
  const int64_t depth = args.x.shape[2], stride = args.stride[0];
  const int64_t first = t * args.dilation[0] - args.padding[0];  // of place 0
  const int64_t begin = ceil_div(std::max<int64_t>(0, -first), stride);
  const int64_t end = std::min(args.y.shape[2], floor_div(depth - 1 - first, stride) + 1);
  s.d_grid = narrow(std::max<int64_t>(1, end - begin));
  s.images *= narrow(std::max<int64_t>(0, end - begin));
  s.x_planes = narrow(depth);
  s.x_first = narrow(first + begin * stride);
  s.x_step = narrow(stride);
  s.y_planes = narrow(args.y.shape[2]);
  s.y_first = narrow(begin);
  s.w_first = narrow(t * s.kh * s.kw);
  s.w_taps = narrow(args.w.shape[2] * s.kh * s.kw);
  return s;
}

/// The product, or a phase's part of it, by the algorithm that suits it.
void run(Runtime& runtime, DType compute, const ConvProduct& product, const ConvArrays& arrays) {
  switch (choose_conv(product, runtime.profile(), compute)) {
    case ConvAlgorithm::direct:
      return run_direct(runtime, compute, product, arrays);
    case ConvAlgorithm::tiles:
      return run_tiles(runtime, compute, product, arrays);
    case ConvAlgorithm::winograd:
      return run_winograd(runtime, compute, product, arrays);
    case ConvAlgorithm::panels:
      return run_panels(runtime, compute, product, arrays);
  }
}

void run(Runtime& runtime, DType compute, const ConvWeights& sizes, const ConvGradients& arrays) {
  switch (choose_conv(sizes, runtime.profile(), compute)) {
    case ConvAlgorithm::direct:
      return run_direct(runtime, compute, sizes, arrays);
    case ConvAlgorithm::tiles:
      return run_tiles(runtime, compute, sizes, arrays);
    case ConvAlgorithm::winograd:
      return run_winograd(runtime, compute, sizes, arrays);
    case ConvAlgorithm::panels:
      return run_panels(runtime, compute, sizes, arrays);
  }
}

}  // namespace

void OpenClBackend::conv_forward(const ConvArgs& args) {
  if (numel(args.y.shape) == 0) return;
  if (!stores({&args.y}) || !fits(args)) return Backend::conv_forward(args);
  const DType compute = wrapping_type(args.y.dtype);
  Runtime& device = runtime();
  const DenseInput x(*this, args.x, compute);
  const DenseInput w(*this, args.w, compute);
  const DenseInput bias(*this, args.bias, compute);
  DenseOutput y(*this, args.y, compute);
  run(device, compute, forward_product(args), {x, w, bias, y});
  run_epilogue(*this, args.epilogue, y.view());  // before what is narrow is rounded
  y.finish();
}

void OpenClBackend::conv_grad_input(const ConvArgs& args) {
  if (numel(args.x.shape) == 0) return;
  if (!stores({&args.x}) || !fits(args)) return Backend::conv_grad_input(args);
  const DType compute = wrapping_type(args.x.dtype);
  Runtime& device = runtime();
  const DenseInput y(*this, args.y, compute);
  const DenseInput w(*this, args.w, compute);
  const TensorView none;
  const DenseInput no_bias(*this, none, compute);
  DenseOutput x(*this, args.x, compute);
  const int outer = outer_axes(args);
  const auto phases = [&](int axis) { return std::min(args.stride[axis], args.x.shape[2 + axis]); };
  for (int64_t d = 0; d < (outer > 0 ? phases(0) : 1); ++d) {
    for (int64_t h = 0; h < phases(outer); ++h) {
      for (int64_t v = 0; v < phases(outer + 1); ++v) {
        run(device, compute, phase_product(args, d, h, v), {y, w, no_bias, x});
      }
    }
  }
  x.finish();
}

void OpenClBackend::conv_grad_weight(const ConvArgs& args) {
  if (numel(args.w.shape) == 0) return;
  if (!stores({&args.w}) || !fits(args)) return Backend::conv_grad_weight(args);
  const DType compute = wrapping_type(args.w.dtype);
  Runtime& device = runtime();
  const DenseInput x(*this, args.x, compute);
  const DenseInput y(*this, args.y, compute);
  DenseOutput w(*this, args.w, compute);
  if (outer_axes(args) == 0) {
    run(device, compute, weights_of(args), {x, y, w});
  } else {
    for (int64_t t = 0; t < args.w.shape[2]; ++t) {
      run(device, compute, weights_of(args, t), {x, y, w});
    }
  }
  w.finish();
}

}  // namespace ct::opencl
