// Resampling: kernels/resample/resample.cl on dense arrays. All axes go at once where an element of
// the result has few taps, else one after the other.
#include <algorithm>
#include <mutex>
#include <optional>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"

namespace ct::opencl {
namespace {

/// As in kernels/resample/resample.cl.
struct Resample {
  int64_t planes = 1;
  int32_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, taps[3] = {0, 0, 0};
  int32_t weighted[3] = {0, 0, 0};
};

/// The most taps of an element that all axes at once are for: two axes of a bicubic one.
constexpr int64_t kMostTaps = 16;

int64_t taps_of(const ResampleAxis& axis) { return axis.index ? axis.index.shape[0] : 1; }

void launch_all(OpenClBackend& backend, Runtime& device, const ResampleArgs& args, DType compute) {
  const ResampleAxis none;
  const auto axis = [&](int i) -> const ResampleAxis& {
    const int place = i - 3 + args.count;
    return place < 0 ? none : args.axes[static_cast<size_t>(place)];
  };
  const DenseInput x(backend, args.input, compute);
  const DenseInput index0(backend, axis(0).index, DType::int32);
  const DenseInput index1(backend, axis(1).index, DType::int32);
  const DenseInput index2(backend, axis(2).index, DType::int32);
  const DenseInput weight0(backend, axis(0).weight, compute);
  const DenseInput weight1(backend, axis(1).weight, compute);
  const DenseInput weight2(backend, axis(2).weight, compute);
  DenseOutput y(backend, args.output, compute);
  Resample s;
  int64_t work = 1;
  const int rank = args.input.shape.rank();
  for (int i = 0; i < rank - args.count; ++i) s.planes *= args.input.shape[i];
  for (int i = 3 - args.count; i < 3; ++i) {
    s.in[i] = static_cast<int32_t>(args.input.shape[rank - 3 + i]);
    s.out[i] = static_cast<int32_t>(args.output.shape[rank - 3 + i]);
    s.taps[i] = axis(i).index ? static_cast<int32_t>(taps_of(axis(i))) : 0;
    s.weighted[i] = axis(i).weight ? 1 : 0;
    work *= taps_of(axis(i));
  }
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::resample, compute));
    launch.array(x);
    launch.array(y);
    launch.array(index0);
    launch.array(index1);
    launch.array(index2);
    launch.array(weight0);
    launch.array(weight1);
    launch.array(weight2);
    launch.value(s);
    const int64_t columns = device.profile().style == Style::cpu ? s.out[2] : 1;
    launch.run_tasks(s.planes * s.out[0] * s.out[1] * (s.out[2] / columns), columns * work);
  }
  y.finish();
}

}  // namespace

void OpenClBackend::resample(const ResampleArgs& args) {
  if (numel(args.output.shape) == 0) return;
  const DType compute = compute_type(args.input.dtype);
  if (!stores({&args.input, &args.output}) || !stores(compute)) return Backend::resample(args);
  int64_t taps = 1;
  for (const ResampleAxis& axis : args.axes) taps *= taps_of(axis);
  if (taps <= kMostTaps) return launch_all(*this, runtime(), args, compute);
  // What is between two axes stays in the compute type.
  TensorView from = args.input;
  std::optional<DenseArray> between[3];
  int last = args.count - 1;
  while (last > 0 && !args.axes[static_cast<size_t>(last)].index) --last;
  for (int i = 0; i <= last; ++i) {
    const ResampleAxis& axis = args.axes[static_cast<size_t>(i)];
    if (!axis.index) continue;
    ResampleArgs one;
    one.count = args.count;
    one.axes[static_cast<size_t>(i)] = axis;
    one.input = from;
    if (i == last) {
      one.output = args.output;
    } else {
      Shape shape = from.shape;
      shape[shape.rank() - args.count + i] = axis.index.shape[1];
      one.output = between[i].emplace(*this, compute, shape).view();
    }
    launch_all(*this, runtime(), one, compute);
    from = one.output;
  }
}

}  // namespace ct::opencl
