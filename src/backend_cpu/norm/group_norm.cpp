// Group normalisation: a row is a group, dense in memory, and each of its channels a run with a
// scale and a shift of its own. A row is one piece of work, so that its second reading comes from
// the cache; what the rows give to the gradients of a channel is kept, and added in the order of
// rows.
#include "backend_cpu/norm/group_norm.hpp"

#include <algorithm>
#include <vector>

#include "backend_cpu/norm/statistics.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "core/view/dense.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kGroupGrain = 16384;

/// rows of `channels` runs of `inner` elements; `all` channels of the tensor.
struct Groups {
  int64_t rows, channels, inner, all;
  Groups(const Shape& x, const TensorView& affine)
      : rows(x[0]), channels(x[1]), inner(x[2]), all(affine ? affine.shape[0] : x[1]) {}
  int64_t elements() const { return channels * inner; }
  int64_t channel(int64_t row, int64_t i) const { return (row * channels + i) % all; }
  int64_t grain() const { return std::max<int64_t>(1, kGroupGrain / elements()); }

  template <class T>
  Slab<T> run(int64_t row, int64_t i, const T* x, const T* grad_y, T* out) const {
    const int64_t at = row * elements() + i * inner;
    return {.x = x + at,
            .grad_y = grad_y == nullptr ? nullptr : grad_y + at,
            .out = out == nullptr ? nullptr : out + at,
            .planes = 1,
            .stride = inner,
            .inner = inner};
  }
  template <class T>
  Slab<T> whole(int64_t row, const T* x) const {
    return {x + row * elements(), nullptr, nullptr, 1, elements(), elements()};
  }
};

template <class T>
double value_or(const T* values, int64_t i, double otherwise) {
  return values == nullptr ? otherwise : static_cast<double>(values[i]);
}

}  // namespace

template <class T>
void group_forward(CpuBackend& backend, const NormArgs& args) {
  const Groups groups(args.x.shape, args.weight ? args.weight : args.bias);
  const DenseInput x(backend, args.x, dtype_of<T>);
  const DenseInput weight(backend, args.weight, dtype_of<T>);
  const DenseInput bias(backend, args.bias, dtype_of<T>);
  DenseOutput y(backend, args.y, dtype_of<T>);
  T* mean = view_data<T>(args.mean);
  T* rstd = view_data<T>(args.rstd);
  const auto& kernels = norm_kernels<T>();
  parallel_ranges(groups.rows, groups.grain(), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      T& m = mean[r * args.mean.strides[0]];
      T& s = rstd[r * args.rstd.strides[0]];
      double middle = static_cast<double>(m), scale = static_cast<double>(s);
      if (!args.given) {
        const Moments moments = moments_of<T>(kernels, groups.whole(r, x.data<T>()));
        middle = moments.mean;
        scale = rstd_of(moments, args.eps);
        m = static_cast<T>(middle);
        s = static_cast<T>(scale);
      }
      for (int64_t i = 0; i < groups.channels; ++i) {
        const int64_t c = groups.channel(r, i);
        const Affine<T> a =
            affine_of(middle, scale, static_cast<T>(value_or(weight.data<T>(), c, 1)),
                      static_cast<T>(value_or(bias.data<T>(), c, 0)));
        kernels.apply(groups.run(r, i, x.data<T>(), static_cast<const T*>(nullptr), y.data<T>()),
                      a.mean, a.scale, a.bias);
      }
    }
  });
  y.finish();
}

template <class T>
void group_backward(CpuBackend& backend, const NormBackwardArgs& args) {
  const TensorView& affine = args.weight        ? args.weight
                             : args.grad_weight ? args.grad_weight
                                                : args.grad_bias;
  const Groups groups(args.x.shape, affine);
  const DenseInput x(backend, args.x, dtype_of<T>);
  const DenseInput grad_y(backend, args.grad_y, dtype_of<T>);
  const DenseInput weight(backend, args.weight, dtype_of<T>);
  DenseOutput grad_x(backend, args.grad_x, dtype_of<T>);
  DenseOutput grad_weight(backend, args.grad_weight, dtype_of<T>);
  DenseOutput grad_bias(backend, args.grad_bias, dtype_of<T>);
  const T* mean = view_data<T>(args.mean);
  const T* rstd = view_data<T>(args.rstd);
  const auto& kernels = norm_kernels<T>();
  // Of every channel of every row, its share of grad_bias (g) and of grad_weight (gx).
  std::vector<GradSums> shares(static_cast<size_t>(groups.rows * groups.channels));
  parallel_ranges(groups.rows, groups.grain(), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T m = mean[r * args.mean.strides[0]];
      const auto s = static_cast<double>(rstd[r * args.rstd.strides[0]]);
      double rest = 0.0;
      if (!args.given && is_coarse(m, static_cast<T>(s))) {
        rest = moments_of<T>(kernels, groups.whole(r, x.data<T>())).mean - static_cast<double>(m);
      }
      GradSums* own = shares.data() + r * groups.channels;
      GradSums all;
      for (int64_t i = 0; i < groups.channels; ++i) {
        own[i] = kernels.grad_sums(
            groups.run(r, i, x.data<T>(), grad_y.data<T>(), static_cast<T*>(nullptr)), m);
        own[i].gx -= rest * own[i].g;
        const double w = value_or(weight.data<T>(), groups.channel(r, i), 1);
        all.g += w * own[i].g;
        all.gx += w * own[i].gx;
        own[i].gx *= s;
      }
      if (!args.grad_x) continue;
      const auto n = static_cast<double>(groups.elements());
      BackwardFactors f = factors_of(static_cast<double>(m), rest, s, s, all, n, args.given);
      for (int64_t i = 0; i < groups.channels; ++i) {
        f.a = s * value_or(weight.data<T>(), groups.channel(r, i), 1);
        apply_backward(kernels, groups.run(r, i, x.data<T>(), grad_y.data<T>(), grad_x.data<T>()),
                       f);
      }
    }
  });
  if (args.grad_weight || args.grad_bias) {
    std::vector<GradSums> sums(static_cast<size_t>(groups.all));
    for (int64_t i = 0; i < groups.rows * groups.channels; ++i) {
      GradSums& sum = sums[static_cast<size_t>(i % groups.all)];
      sum.g += shares[static_cast<size_t>(i)].g;
      sum.gx += shares[static_cast<size_t>(i)].gx;
    }
    for (int64_t c = 0; c < groups.all; ++c) {
      const GradSums& sum = sums[static_cast<size_t>(c)];
      if (args.grad_weight) grad_weight.data<T>()[c] = static_cast<T>(sum.gx);
      if (args.grad_bias) grad_bias.data<T>()[c] = static_cast<T>(sum.g);
    }
  }
  grad_x.finish();
  grad_weight.finish();
  grad_bias.finish();
}

template void group_forward<float>(CpuBackend&, const NormArgs&);
template void group_forward<double>(CpuBackend&, const NormArgs&);
template void group_backward<float>(CpuBackend&, const NormBackwardArgs&);
template void group_backward<double>(CpuBackend&, const NormBackwardArgs&);

}  // namespace ct::cpu
