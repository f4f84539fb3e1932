// How planes are dealt to threads and patches made of them; the loops over taps are
// simd/conv/depthwise_kernel.hpp.
#include "backend_cpu/conv/conv_depthwise.hpp"

#include <algorithm>
#include <vector>

#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "backend_cpu/simd/conv/depthwise_kernel.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

/// Multiply-adds of a piece.
constexpr int64_t kDepthwiseWork = int64_t{1} << 17;

/// The patch of one plane.
template <class T>
DepthwisePatch<T> view_plane(const ConvPatch& patch, const ConvPatch::Layout& layout,
                             const T* plane) {
  T* copy = scratch<T>(Scratch::image, layout.channel);
  patch.fill(copy, plane, 0, patch.rows(), patch.rows());
  return {copy, layout.row, patch.rows(), patch.columns(), patch.taps(), layout.taps.data()};
}

}  // namespace

template <class T>
void conv_forward_depthwise(const ConvSizes& s, const T* x, const T* w, const T* bias, T* y,
                            const ConvDone& done) {
  ConvPatch patch = forward_patch(s);
  patch.require_copy();
  const ConvPatch::Layout layout = patch.layout(s.oh);
  const DepthwiseKernels<T>& kernels = depthwise_kernels<T>();
  const int64_t per_group = s.group_o(), taps = s.taps();
  const int64_t work = per_group * taps * s.oh * s.ow;
  const int64_t grain = std::clamp<int64_t>(kDepthwiseWork / work, 1, s.groups);
  const int64_t blocks = ceil_div(s.groups, grain);
  parallel_for(s.n * blocks, [&](int64_t piece) {
    const int64_t image = piece / blocks;
    const int64_t begin = piece % blocks * grain, end = std::min(s.groups, begin + grain);
    for (int64_t group = begin; group < end; ++group) {
      const DepthwisePatch<T> view =
          view_plane(patch, layout, x + (image * s.c + group) * s.h * s.w);
      for (int64_t o = group * per_group; o < (group + 1) * per_group; ++o) {
        kernels.weighted(view, w + o * taps, bias != nullptr ? bias[o] : T{0}, false,
                         y + (image * s.o + o) * s.oh * s.ow, s.ow);
      }
    }
    done({image, image + 1, begin * per_group, end * per_group, 0, s.oh});
  });
}

template <class T>
void conv_grad_input_depthwise(const ConvSizes& s, const T* grad_y, const T* w, T* grad_x) {
  std::vector<GradInputPhase> phases = grad_input_phases(s);
  std::vector<ConvPatch::Layout> layouts;
  int64_t largest = 0;
  for (GradInputPhase& phase : phases) {
    phase.patch.require_copy();
    layouts.push_back(phase.patch.layout(phase.patch.rows()));
    largest = std::max(largest, phase.patch.rows() * phase.patch.columns());
  }
  const DepthwiseKernels<T>& kernels = depthwise_kernels<T>();
  const int64_t per_group = s.group_o(), taps = s.taps();
  const bool strided = s.stride_h > 1 || s.stride_w > 1;
  const int64_t work = per_group * taps * s.oh * s.ow;
  parallel_ranges(
      s.n * s.c, std::max<int64_t>(1, kDepthwiseWork / work), [&](int64_t begin, int64_t end) {
        for (int64_t plane = begin; plane < end; ++plane) {
          const int64_t image = plane / s.c, group = plane % s.c;
          for (size_t i = 0; i < phases.size(); ++i) {
            const GradInputPhase& phase = phases[i];
            const int64_t rows = phase.patch.rows(), columns = phase.patch.columns();
            T* out = strided ? scratch<T>(Scratch::block_c, largest) : grad_x + plane * s.h * s.w;
            T* weights = scratch<T>(Scratch::block_a, taps);
            if (phase.weight_taps.empty()) std::fill(out, out + rows * columns, T{0});
            for (int64_t q = 0; q < per_group && !phase.weight_taps.empty(); ++q) {
              const int64_t o = group * per_group + q;
              size_t t = 0;
              for (int64_t tap : phase.weight_taps) weights[t++] = w[o * taps + tap];
              kernels.weighted(
                  view_plane(phase.patch, layouts[i], grad_y + (image * s.o + o) * s.oh * s.ow),
                  weights, T{0}, q > 0, out, columns);
            }
            if (!strided) continue;
            for (int64_t r = 0; r < rows; ++r, out += columns) {
              T* to = grad_x + plane * s.h * s.w + (phase.h0 + r * s.stride_h) * s.w + phase.w0;
              for (int64_t j = 0; j < columns; ++j) to[j * s.stride_w] = out[j];
            }
          }
        }
      });
}

template <class T>
void conv_grad_weight_depthwise(const ConvSizes& s, const T* x, const T* grad_y, T* grad_w) {
  ConvPatch patch = forward_patch(s);
  patch.require_copy();
  const ConvPatch::Layout layout = patch.layout(s.oh);
  const DepthwiseKernels<T>& kernels = depthwise_kernels<T>();
  const int64_t per_group = s.group_o(), taps = s.taps();
  // Parts of the images are summed apart and added in their order; inside, memory is read in its
  // order (a channel's planes lie far apart: going through them would wait for memory each time).
  const int64_t part_images = ceil_div(s.n, std::min<int64_t>(s.n, 16));
  const int64_t parts = ceil_div(s.n, part_images);
  const int64_t block_groups = ceil_div(s.groups, std::clamp<int64_t>(32 / parts, 1, s.groups));
  const int64_t blocks = ceil_div(s.groups, block_groups);
  const int64_t size = s.o * taps;
  T* sums = scratch<T>(Scratch::shared_sums, parts * size);
  std::fill(sums, sums + parts * size, T{0});
  parallel_for(parts * blocks, [&](int64_t piece) {
    const int64_t part = piece / blocks;
    const int64_t first = piece % blocks * block_groups;
    const int64_t end = std::min(s.groups, first + block_groups);
    const int64_t last = std::min(s.n, (part + 1) * part_images);
    for (int64_t image = part * part_images; image < last; ++image) {
      for (int64_t group = first; group < end; ++group) {
        const DepthwisePatch<T> view =
            view_plane(patch, layout, x + (image * s.c + group) * s.h * s.w);
        for (int64_t o = group * per_group; o < (group + 1) * per_group; ++o) {
          kernels.correlate(view, grad_y + (image * s.o + o) * s.oh * s.ow, s.ow,
                            sums + part * size + o * taps);
        }
      }
    }
  });
  std::copy(sums, sums + size, grad_w);
  for (int64_t part = 1; part < parts; ++part) {
    for (int64_t i = 0; i < size; ++i) grad_w[i] += sums[part * size + i];
  }
}

template void conv_forward_depthwise<float>(const ConvSizes&, const float*, const float*,
                                            const float*, float*, const ConvDone&);
template void conv_forward_depthwise<double>(const ConvSizes&, const double*, const double*,
                                             const double*, double*, const ConvDone&);
template void conv_grad_input_depthwise<float>(const ConvSizes&, const float*, const float*,
                                               float*);
template void conv_grad_input_depthwise<double>(const ConvSizes&, const double*, const double*,
                                                double*);
template void conv_grad_weight_depthwise<float>(const ConvSizes&, const float*, const float*,
                                                float*);
template void conv_grad_weight_depthwise<double>(const ConvSizes&, const double*, const double*,
                                                 double*);

}  // namespace ct::cpu
