// Depthwise convolutions, and others that make few planes: kernels/conv/conv_depthwise.cl.
#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "backend_opencl/conv/conv_product.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

int64_t extent(int64_t count, int64_t step, int64_t taps, int64_t tap_step) {
  return (count - 1) * step + std::max<int64_t>(taps - 1, 0) * std::abs(tap_step) + 1;
}

/// The size of frame_of() of the kernels.
int64_t frame_size(int64_t rows, int64_t columns, const int32_t* step, const int32_t* taps,
                   const int32_t* tap_step, int64_t lanes) {
  constexpr int64_t kFrameRows = 4;
  return extent(round_up(rows, kFrameRows), step[0], taps[0], tap_step[0]) *
         (extent(round_up(columns, lanes), step[1], taps[1], tap_step[1]) + lanes);
}

/// Items of a CPU, each with a scratch memory of its own.
int64_t items_for(const Profile& profile, int64_t tasks, int64_t work) {
  constexpr int64_t kDirectItemWork = 1 << 18;  // multiplications: about 20 us
  const int64_t most = std::min<int64_t>(tasks, profile.compute_units * int64_t{4});
  return std::clamp<int64_t>(tasks * work / kDirectItemWork, 1, std::max<int64_t>(1, most));
}

}  // namespace

int64_t frame_elements(const ConvProduct& p, const Profile& profile, DType compute) {
  const int64_t lanes = unit_lanes(Unit::depthwise, profile, compute);
  return round_up(p.channels * frame_size(p.rows, p.columns, p.step, p.taps, p.tap_step, lanes),
                  16);
}

void run_direct(Runtime& runtime, DType compute, const ConvProduct& p, const ConvArrays& arrays) {
  const Profile& profile = runtime.profile();
  const bool cpu = profile.style == Style::cpu;
  const int64_t scratch_size = frame_elements(p, profile, compute);
  const int64_t planes = int64_t{p.images} * p.groups;
  const int64_t places = int64_t{p.rows} * p.columns;
  const int64_t work = p.m * places * (p.channels * p.taps[0] * p.taps[1] + 1);
  const int64_t items = cpu ? items_for(profile, planes, work) : 0;
  const Scratch scratch(runtime, static_cast<size_t>(items * scratch_size) * item_size(compute));
  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, runtime.library(LibraryKernel::depthwise_product, compute));
  set_arrays(launch, arrays, nullptr);
  launch.value(p);
  if (!cpu) {
    launch.run_tasks(planes * p.m * places, p.channels * p.taps[0] * p.taps[1]);
    return;
  }
  launch.buffer(scratch.buffer());
  launch.value(scratch_size);
  launch.run(static_cast<size_t>(items), 1);
}

void run_direct(Runtime& runtime, DType compute, ConvWeights s, const ConvGradients& arrays) {
  const Profile& profile = runtime.profile();
  const bool cpu = profile.style == Style::cpu;
  const int32_t taps[2] = {s.kh, s.kw};
  const int64_t size = int64_t{s.groups} * s.m * s.channels * s.kh * s.kw;
  const int64_t wanted = cpu ? profile.compute_units * int64_t{4} / s.groups
                             : profile.compute_units * int64_t{1024} / size;
  s.parts = static_cast<int32_t>(std::clamp<int64_t>(wanted, 1, std::max(1, s.images)));
  const int64_t lanes = unit_lanes(Unit::depthwise, profile, compute);
  const int64_t places = int64_t{s.oh} * s.ow;
  const int64_t work = s.images / s.parts * places * s.m * s.channels * s.kh * s.kw;
  const int64_t items = cpu ? items_for(profile, int64_t{s.parts} * s.groups, work) : 0;
  const int64_t scratch_size =
      round_up(s.channels * frame_size(s.oh, s.ow, s.step, taps, s.dilation, lanes) +
                   (s.oh + 4) * (s.ow + lanes),
               16);
  const Scratch partial(runtime, static_cast<size_t>(s.parts * size) * item_size(compute));
  const Scratch scratch(runtime, static_cast<size_t>(items * scratch_size) * item_size(compute));
  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, runtime.library(LibraryKernel::depthwise_grad_weight, compute));
  launch.array(arrays.x);
  launch.array(arrays.grad_y);
  launch.buffer(partial.buffer());
  launch.value(s);
  if (cpu) {
    launch.buffer(scratch.buffer());
    launch.value(scratch_size);
    launch.run(static_cast<size_t>(items), 1);
  } else {
    launch.run_tasks(s.parts * size, places);
  }
  Launch sum(runtime, runtime.library(LibraryKernel::depthwise_sum_parts, compute));
  sum.buffer(partial.buffer());
  sum.array(arrays.grad_w);
  sum.values(size, s.parts);
  sum.run_tasks(size, s.parts);
}

}  // namespace ct::opencl
