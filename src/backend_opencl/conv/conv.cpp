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

ConvProduct forward_product(const ConvArgs& args) {
  const Shape &x = args.x.shape, &w = args.w.shape, &y = args.y.shape;
  ConvProduct p;
  p.images = narrow(x[0]);
  p.groups = narrow(args.groups);
  p.m = narrow(w[0] / args.groups);
  p.channels = narrow(w[1]);
  p.h = narrow(x[2]);
  p.w = narrow(x[3]);
  p.rows = p.out_h = narrow(y[2]);
  p.columns = p.out_w = narrow(y[3]);
  for (int i = 0; i < 2; ++i) {
    p.step[i] = narrow(args.stride[i]);
    p.first[i] = -narrow(args.padding[i]);
    p.taps[i] = narrow(w[i + 2]);
    p.tap_step[i] = narrow(args.dilation[i]);
  }
  p.w_channel = w[2] * w[3];
  p.w_row = w[1] * p.w_channel;
  p.w_group = p.m * p.w_row;
  p.w_tap[0] = w[3];
  p.w_tap[1] = 1;
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

ConvProduct phase_product(const ConvArgs& args, int64_t phase_h, int64_t phase_w) {
  const Shape &x = args.x.shape, &w = args.w.shape, &y = args.y.shape;
  ConvProduct p;
  p.images = narrow(x[0]);
  p.groups = narrow(args.groups);
  p.m = narrow(w[1]);
  p.channels = narrow(w[0] / args.groups);
  p.h = narrow(y[2]);
  p.w = narrow(y[3]);
  p.out_h = narrow(x[2]);
  p.out_w = narrow(x[3]);
  p.w_row = w[2] * w[3];
  p.w_channel = w[1] * p.w_row;
  p.w_group = p.channels * p.w_channel;
  const int64_t phases[2] = {phase_h, phase_w};
  int32_t* const places[2] = {&p.rows, &p.columns};
  for (int i = 0; i < 2; ++i) {
    const Phase phase =
        phase_of(phases[i], x[i + 2], w[i + 2], args.stride[i], args.padding[i], args.dilation[i]);
    *places[i] = narrow(phase.places);
    p.first[i] = narrow(phase.first);
    p.taps[i] = narrow(phase.taps);
    p.tap_step[i] = narrow(phase.step);
    p.out_step[i] = narrow(args.stride[i]);
    p.out_first[i] = narrow(phases[i]);
    p.w_tap[i] = phase.every * (i == 0 ? w[3] : 1);
    p.w_first += phase.first_tap * (i == 0 ? w[3] : 1);
  }
  if (p.taps[0] * p.taps[1] == 0) p.taps[0] = p.taps[1] = 0;
  return p;
}

ConvWeights weights_of(const ConvArgs& args) {
  const Shape &x = args.x.shape, &w = args.w.shape, &y = args.y.shape;
  return {.images = narrow(x[0]),
          .groups = narrow(args.groups),
          .m = narrow(w[0] / args.groups),
          .channels = narrow(w[1]),
          .h = narrow(x[2]),
          .w = narrow(x[3]),
          .oh = narrow(y[2]),
          .ow = narrow(y[3]),
          .kh = narrow(w[2]),
          .kw = narrow(w[3]),
          .step = {narrow(args.stride[0]), narrow(args.stride[1])},
          .padding = {narrow(args.padding[0]), narrow(args.padding[1])},
          .dilation = {narrow(args.dilation[0]), narrow(args.dilation[1])},
          .parts = 1};
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
  for (int64_t h = 0; h < std::min(args.stride[0], args.x.shape[2]); ++h) {
    for (int64_t v = 0; v < std::min(args.stride[1], args.x.shape[3]); ++v) {
      run(device, compute, phase_product(args, h, v), {y, w, no_bias, x});
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
  run(device, compute, weights_of(args), {x, y, w});
  w.finish();
}

}  // namespace ct::opencl
