// Normalisation of the CPU backend: who works on which slab (simd/norm/norm_kernels.hpp does the
// rest).
//
// A channel is cut into segments of at most kSegment elements whose statistics are merged in order.
// With enough channels one piece does all of a channel, statistics and result, so that the second
// reading comes from the L2 cache; few large channels are spread by segment in two rounds.
#include <algorithm>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/norm/group_norm.hpp"
#include "backend_cpu/norm/statistics.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/simd/norm/norm_kernels.hpp"
#include "core/view/dense.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kSegment = 16384;
constexpr int64_t kNormGrain = 16384;
constexpr int64_t kManyChannels = 32;
// Shorter runs waste vectors: such tensors are worked on with all of a channel in one run.
constexpr int64_t kShortestRun = 8;

/// Where the elements of a channel are, and its segments.
class Channels {
 public:
  explicit Channels(const Shape& x)
      : count_(x[1]), planes_(x[0]), inner_(x[2]), gathered_(x[2] < kShortestRun && x[0] > 1) {
    if (gathered_) {
      inner_ = planes_ * inner_;
      planes_ = 1;
    }
    stride_ = gathered_ ? inner_ : count_ * inner_;
    parts_ = ceil_div(inner_, kSegment);
    planes_together_ = std::max<int64_t>(1, kSegment / std::max<int64_t>(1, inner_));
    segments_ = ceil_div(planes_, planes_together_) * parts_;
  }

  int64_t count() const { return count_; }
  int64_t segments() const { return segments_; }
  int64_t elements() const { return planes_ * inner_; }
  bool whole() const { return count_ >= kManyChannels || elements() <= kSegment; }

  /// The view as the kernels shall see it in memory: (c, n, inner) if gathered.
  TensorView arranged(const TensorView& view) const {
    return gathered_ && view ? permuted(view, {1, 0, 2}) : view;
  }

  template <class T>
  Slab<T> segment(int64_t channel, int64_t s, const T* x, const T* grad_y, T* out) const {
    const int64_t plane = s / parts_ * planes_together_;
    const int64_t start = s % parts_ * kSegment;
    const int64_t at = channel * inner_ + plane * stride_ + start;
    return {.x = x + at,
            .grad_y = grad_y == nullptr ? nullptr : grad_y + at,
            .out = out == nullptr ? nullptr : out + at,
            .planes = std::min(planes_together_, planes_ - plane),
            .stride = stride_,
            .inner = std::min(kSegment, inner_ - start)};
  }

  /// Calls fn(channel, slab) for each plane in the order of memory: where no statistics tie the
  /// planes of a channel together this is a stream, and walking by channels 1.4 times slower.
  template <class T, class F>
  void for_planes(const T* x, T* out, const F& fn) const {
    const int64_t grain = std::max<int64_t>(1, kNormGrain / std::max<int64_t>(1, inner_));
    parallel_ranges(planes_ * count_, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t channel = i % count_;
        const int64_t at = channel * inner_ + i / count_ * stride_;
        fn(channel, Slab<T>{.x = x + at,
                            .grad_y = nullptr,
                            .out = out + at,
                            .planes = 1,
                            .stride = stride_,
                            .inner = inner_});
      }
    });
  }

  /// For each channel: `combine` of what `measure` gave for its segments, then `apply` to each.
  template <class Sums, class Measure, class Combine, class Apply>
  void run(const Measure& measure, const Combine& combine, const Apply& apply) const {
    if (whole()) {
      const int64_t grain = std::max<int64_t>(1, kNormGrain / elements());
      parallel_ranges(count_, grain, [&](int64_t begin, int64_t end) {
        std::vector<Sums> sums(static_cast<size_t>(segments_));
        for (int64_t c = begin; c < end; ++c) {
          for (int64_t s = 0; s < segments_; ++s) sums[static_cast<size_t>(s)] = measure(c, s);
          const auto result = combine(c, sums.data());
          // Backwards: what was read last is still in the cache.
          for (int64_t s = segments_; s-- > 0;) apply(c, s, result);
        }
      });
      return;
    }
    std::vector<Sums> sums(static_cast<size_t>(count_ * segments_));
    parallel_for(count_ * segments_, [&](int64_t i) {
      sums[static_cast<size_t>(i)] = measure(i / segments_, i % segments_);
    });
    using Result = decltype(combine(int64_t{0}, sums.data()));
    std::vector<Result> results(static_cast<size_t>(count_));
    for (int64_t c = 0; c < count_; ++c) {
      results[static_cast<size_t>(c)] = combine(c, sums.data() + c * segments_);
    }
    parallel_for(count_ * segments_, [&](int64_t i) {
      apply(i / segments_, i % segments_, results[static_cast<size_t>(i / segments_)]);
    });
  }

 private:
  int64_t count_, planes_, inner_;
  bool gathered_;
  int64_t stride_, parts_, planes_together_, segments_;
};

/// One value per channel or row, dense, or null.
template <class T>
T value_or(const T* values, int64_t i, T otherwise) {
  return values == nullptr ? otherwise : values[i];
}

template <class T>
void channel_forward(CpuBackend& backend, const NormArgs& args) {
  const Channels channels(args.x.shape);
  const TensorView x_view = channels.arranged(args.x);
  const TensorView y_view = channels.arranged(args.y);
  const DenseInput x(backend, x_view, dtype_of<T>);
  DenseOutput y(backend, y_view, dtype_of<T>);
  const DenseInput weight(backend, args.weight, dtype_of<T>);
  const DenseInput bias(backend, args.bias, dtype_of<T>);
  T* mean = view_data<T>(args.mean);
  T* rstd = view_data<T>(args.rstd);
  const int64_t mean_stride = args.mean.strides[0];
  const int64_t rstd_stride = args.rstd.strides[0];
  const auto& kernels = norm_kernels<T>();
  const auto segment = [&](int64_t c, int64_t s) {
    return channels.segment(c, s, x.data<T>(), static_cast<const T*>(nullptr), y.data<T>());
  };
  const auto affine = [&](int64_t c, double m, double r) {
    return affine_of(m, r, value_or(weight.data<T>(), c, T{1}), value_or(bias.data<T>(), c, T{0}));
  };
  if (args.given) {
    std::vector<Affine<T>> all(static_cast<size_t>(channels.count()));
    for (int64_t c = 0; c < channels.count(); ++c) {
      all[static_cast<size_t>(c)] = affine(c, static_cast<double>(mean[c * mean_stride]),
                                           static_cast<double>(rstd[c * rstd_stride]));
    }
    channels.for_planes(x.data<T>(), y.data<T>(), [&](int64_t c, const Slab<T>& slab) {
      const Affine<T>& a = all[static_cast<size_t>(c)];
      kernels.apply(slab, a.mean, a.scale, a.bias);
    });
    y.finish();
    return;
  }
  channels.run<Moments>([&](int64_t c, int64_t s) { return moments_of(kernels, segment(c, s)); },
                        [&](int64_t c, const Moments* parts) {
                          Moments all;
                          for (int64_t s = 0; s < channels.segments(); ++s) merge(all, parts[s]);
                          const double exact_rstd = rstd_of(all, args.eps);
                          mean[c * mean_stride] = static_cast<T>(all.mean);
                          rstd[c * rstd_stride] = static_cast<T>(exact_rstd);
                          return affine(c, all.mean, exact_rstd);
                        },
                        [&](int64_t c, int64_t s, const Affine<T>& a) {
                          kernels.apply(segment(c, s), a.mean, a.scale, a.bias);
                        });
  y.finish();
}

template <class T>
void channel_backward(CpuBackend& backend, const NormBackwardArgs& args) {
  const Channels channels(args.x.shape);
  const TensorView x_view = channels.arranged(args.x);
  const TensorView grad_y_view = channels.arranged(args.grad_y);
  const TensorView grad_x_view = channels.arranged(args.grad_x);
  const DenseInput x(backend, x_view, dtype_of<T>);
  const DenseInput grad_y(backend, grad_y_view, dtype_of<T>);
  const DenseInput weight(backend, args.weight, dtype_of<T>);
  DenseOutput grad_x(backend, grad_x_view, dtype_of<T>);
  DenseOutput grad_weight(backend, args.grad_weight, dtype_of<T>);
  DenseOutput grad_bias(backend, args.grad_bias, dtype_of<T>);
  const T* mean = view_data<T>(args.mean);
  const T* rstd = view_data<T>(args.rstd);
  const int64_t mean_stride = args.mean.strides[0];
  const int64_t rstd_stride = args.rstd.strides[0];
  const bool want_sums = !args.given || args.grad_weight || args.grad_bias;
  const auto& kernels = norm_kernels<T>();
  const auto segment = [&](int64_t c, int64_t s) {
    return channels.segment(c, s, x.data<T>(), grad_y.data<T>(), grad_x.data<T>());
  };
  channels.run<GradSums>(
      [&](int64_t c, int64_t s) {
        return want_sums ? kernels.grad_sums(segment(c, s), mean[c * mean_stride]) : GradSums{};
      },
      [&](int64_t c, const GradSums* parts) {
        GradSums all;
        for (int64_t s = 0; s < channels.segments(); ++s) {
          all.g += parts[s].g;
          all.gx += parts[s].gx;
        }
        const T m = mean[c * mean_stride];
        const auto r = static_cast<double>(rstd[c * rstd_stride]);
        double rest = 0.0;
        if (!args.given && is_coarse(m, rstd[c * rstd_stride])) {
          Moments exact;
          for (int64_t s = 0; s < channels.segments(); ++s)
            merge(exact, moments_of(kernels, segment(c, s)));
          rest = exact.mean - static_cast<double>(m);
          all.gx -= rest * all.g;
        }
        if (args.grad_weight) grad_weight.data<T>()[c] = static_cast<T>(all.gx * r);
        if (args.grad_bias) grad_bias.data<T>()[c] = static_cast<T>(all.g);
        const double scale = r * static_cast<double>(value_or(weight.data<T>(), c, T{1}));
        return factors_of(static_cast<double>(m), rest, r, scale, all,
                          static_cast<double>(channels.elements()), args.given);
      },
      [&](int64_t c, int64_t s, const BackwardFactors& f) {
        if (args.grad_x) apply_backward(kernels, segment(c, s), f);
      });
  grad_x.finish();
  grad_weight.finish();
  grad_bias.finish();
}

template <class T>
void row_forward(CpuBackend& backend, const NormArgs& args) {
  const int64_t rows = args.x.shape[0];
  const int64_t d = args.x.shape[1];
  const DenseInput x(backend, args.x, dtype_of<T>);
  DenseOutput y(backend, args.y, dtype_of<T>);
  const DenseInput weight(backend, args.weight, dtype_of<T>);
  const DenseInput bias(backend, args.bias, dtype_of<T>);
  T* mean = view_data<T>(args.mean);
  T* rstd = view_data<T>(args.rstd);
  const T *from = x.data<T>(), *scales = weight.data<T>(), *shifts = bias.data<T>();
  T* to = y.data<T>();
  const auto& kernels = norm_kernels<T>();
  parallel_ranges(rows, std::max<int64_t>(1, kNormGrain / d), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* row = from + r * d;
      T& m = mean[r * args.mean.strides[0]];
      T& s = rstd[r * args.rstd.strides[0]];
      T shift{0};
      if (!args.given) {
        Moments moments = moments_of<T>(kernels, {row, nullptr, nullptr, 1, d, d});
        if (args.kind == NormKind::rms) move_to_zero(moments);
        const double exact = rstd_of(moments, args.eps);
        m = static_cast<T>(moments.mean);
        s = static_cast<T>(exact);
        shift = static_cast<T>((static_cast<double>(m) - moments.mean) * exact);
      }
      kernels.row_apply(row, to + r * d, d, m, s, shift, scales, shifts);
    }
  });
  y.finish();
}

/// Sums over rows of the gradients per column: each piece adds its rows in T, and every
/// kRowsTogether rows to its own line of doubles; the lines are added in the order of the pieces.
template <class T>
class ColumnSums {
 public:
  static constexpr int64_t kRowsTogether = 64;

  ColumnSums(int64_t pieces, int64_t d, bool wanted)
      : pieces_(pieces), d_(d), lines_(wanted ? static_cast<size_t>(pieces * d) : 0) {}

  void add(int64_t piece, std::vector<T>& sums) {
    double* line = lines_.data() + piece * d_;
    for (int64_t i = 0; i < d_; ++i) line[i] += static_cast<double>(sums[static_cast<size_t>(i)]);
    std::fill(sums.begin(), sums.end(), T{0});
  }
  void store(T* out) const {
    parallel_ranges(d_, 2048, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        double sum = 0;
        for (int64_t p = 0; p < pieces_; ++p) sum += lines_[static_cast<size_t>(p * d_ + i)];
        out[i] = static_cast<T>(sum);
      }
    });
  }

 private:
  int64_t pieces_, d_;
  std::vector<double> lines_;
};

template <class T>
void row_backward(CpuBackend& backend, const NormBackwardArgs& args) {
  const int64_t rows = args.x.shape[0];
  const int64_t d = args.x.shape[1];
  const DenseInput x(backend, args.x, dtype_of<T>);
  const DenseInput grad_y(backend, args.grad_y, dtype_of<T>);
  const DenseInput weight(backend, args.weight, dtype_of<T>);
  DenseOutput grad_x(backend, args.grad_x, dtype_of<T>);
  DenseOutput grad_weight(backend, args.grad_weight, dtype_of<T>);
  DenseOutput grad_bias(backend, args.grad_bias, dtype_of<T>);
  const bool want_weight(args.grad_weight);
  const bool want_bias(args.grad_bias);
  const T* mean = view_data<T>(args.mean);
  const T* rstd = view_data<T>(args.rstd);
  const T *from = x.data<T>(), *gradients = grad_y.data<T>(), *scales = weight.data<T>();
  T* to = grad_x.data<T>();
  const auto& kernels = norm_kernels<T>();
  // At most 32 pieces: each has its own sums per column.
  const int64_t grain = std::max({int64_t{1}, kNormGrain / d, ceil_div(rows, 32)});
  const int64_t pieces = ceil_div(rows, grain);
  ColumnSums<T> weight_sums(pieces, d, want_weight);
  ColumnSums<T> bias_sums(pieces, d, want_bias);
  parallel_for(pieces, [&](int64_t piece) {
    std::vector<T> piece_weight(want_weight ? static_cast<size_t>(d) : 0);
    std::vector<T> piece_bias(want_bias ? static_cast<size_t>(d) : 0);
    const int64_t end = std::min(rows, (piece + 1) * grain);
    for (int64_t r = piece * grain; r < end; ++r) {
      const T* xr = from + r * d;
      const T* gr = gradients + r * d;
      const T m = mean[r * args.mean.strides[0]];
      const T s = rstd[r * args.rstd.strides[0]];
      const auto scale = static_cast<double>(s);
      double rest = 0.0;
      if (!args.given && is_coarse(m, s)) {
        rest =
            moments_of<T>(kernels, {xr, nullptr, nullptr, 1, d, d}).mean - static_cast<double>(m);
      }
      if (args.grad_x) {
        GradSums sums = args.given ? GradSums{} : kernels.row_grad_sums(gr, xr, scales, d, m);
        sums.gx -= rest * sums.g;
        if (args.kind == NormKind::rms) sums.g = 0.0;  // there is no mean that could move
        const auto f = factors_of(static_cast<double>(m), rest, scale, scale, sums,
                                  static_cast<double>(d), args.given);
        row_apply_backward(kernels, gr, xr, scales, to + r * d, d, f);
      }
      if (want_weight || want_bias) {
        const T shift = static_cast<T>(-rest * scale);
        kernels.row_affine_grads(gr, xr, d, m, s, shift,
                                 want_weight ? piece_weight.data() : nullptr,
                                 want_bias ? piece_bias.data() : nullptr);
        if (r + 1 == end || (r + 1) % ColumnSums<T>::kRowsTogether == 0) {
          if (want_weight) weight_sums.add(piece, piece_weight);
          if (want_bias) bias_sums.add(piece, piece_bias);
        }
      }
    }
  });
  if (want_weight) weight_sums.store(grad_weight.data<T>());
  if (want_bias) bias_sums.store(grad_bias.data<T>());
  grad_x.finish();
  grad_weight.finish();
  grad_bias.finish();
}

}  // namespace

void CpuBackend::norm_forward(const NormArgs& args) {
  if (numel(args.x.shape) == 0) return;
  const bool wide = args.x.dtype == DType::float64;
  if (args.kind == NormKind::channel) {
    (wide ? channel_forward<double> : channel_forward<float>)(*this, args);
  } else if (args.kind == NormKind::group) {
    (wide ? group_forward<double> : group_forward<float>)(*this, args);
  } else {
    (wide ? row_forward<double> : row_forward<float>)(*this, args);
  }
}

void CpuBackend::norm_backward(const NormBackwardArgs& args) {
  // No elements: the sums over none of them are still to be written.
  if (numel(args.x.shape) == 0) {
    fill_zero(*this, args.grad_weight);
    fill_zero(*this, args.grad_bias);
    return;
  }
  const bool wide = args.x.dtype == DType::float64;
  if (args.kind == NormKind::channel) {
    (wide ? channel_backward<double> : channel_backward<float>)(*this, args);
  } else if (args.kind == NormKind::group) {
    (wide ? group_backward<double> : group_backward<float>)(*this, args);
  } else {
    (wide ? row_backward<double> : row_backward<float>)(*this, args);
  }
}

}  // namespace ct::cpu
