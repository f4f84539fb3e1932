// Sampling at the places of a grid. A point's taps, at most 16, are the same for all channels and
// are worked out once for each of them; x's gradient is scattered by whole planes, so that its sums
// do not depend on threads. Counterpart: kernels/resample/grid_sample.cl.
#include <algorithm>
#include <array>
#include <cmath>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "core/view/dense.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kGrain = 32768;     // taps times channels
constexpr int64_t kPointBlock = 64;   // points whose taps are kept for all channels
constexpr int64_t kChannelBlock = 8;  // planes that one piece scatters into

/// What a place on one axis sees: elements, their weights, and those by the grid's number.
template <class T>
struct AxisTaps {
  int count = 0;
  std::array<int64_t, 4> index{};
  std::array<T, 4> weight{}, slope{};

  void add(int64_t at, int64_t size, T w, T s) {
    if (at < 0 || at >= size) return;
    const auto i = static_cast<size_t>(count++);
    index[i] = at;
    weight[i] = w;
    slope[i] = s;
  }
};

/// A place on an axis and its derivative by the grid's number.
template <class T>
struct Place {
  T at, slope;
};

template <class T>
Place<T> clipped(Place<T> p, int64_t size) {
  const T last = static_cast<T>(size - 1);
  if (p.at <= 0) return {0, 0};
  return p.at >= last ? Place<T>{last, 0} : p;
}

template <class T>
Place<T> reflected(Place<T> p, int64_t size, bool align) {
  const T low = align ? T{0} : T{-0.5};
  const T span = align ? static_cast<T>(size - 1) : static_cast<T>(size);
  if (span == 0) return {0, 0};
  T slope = p.slope;
  T from = p.at - low;
  if (from < 0) {
    from = -from;
    slope = -slope;
  }
  const T extra = std::fmod(from, span);
  const bool back = std::fmod(std::floor(from / span), T{2}) != 0;
  return {(back ? span - extra : extra) + low, back ? -slope : slope};
}

template <class T>
Place<T> padded(Place<T> p, const GridSampleArgs& args, int64_t size) {
  if (args.padding == GridSamplePadding::zeros) return p;
  if (args.padding == GridSamplePadding::reflection) p = reflected(p, size, args.align_corners);
  return clipped(p, size);
}

/// Places that no whole number stands for see nothing.
template <class T>
bool sound(T at) {
  constexpr T kFar = 1 << 30;
  return at > -kFar && at < kFar;
}

/// Keys' cubic with a = -0.75 at the distances 1 + t, t, 1 - t, 2 - t, and its derivatives by t.
template <class T>
void cubic(T t, std::array<T, 4>& weight, std::array<T, 4>& slope) {
  constexpr T a = -0.75;
  const auto near = [](T x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto far = [](T x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  const auto near_slope = [](T x) { return (3 * (a + 2) * x - 2 * (a + 3)) * x; };
  const auto far_slope = [](T x) { return (3 * a * x - 10 * a) * x + 8 * a; };
  weight = {far(1 + t), near(t), near(1 - t), far(2 - t)};
  slope = {far_slope(1 + t), near_slope(t), -near_slope(1 - t), -far_slope(2 - t)};
}

template <class T>
AxisTaps<T> taps_at(const GridSampleArgs& args, T number, int64_t size) {
  const T length = static_cast<T>(size);
  Place<T> p = args.align_corners ? Place<T>{(number + 1) / 2 * (length - 1), (length - 1) / 2}
                                  : Place<T>{((number + 1) * length - 1) / 2, length / 2};
  AxisTaps<T> taps;
  if (args.mode == GridSampleMode::bicubic) {
    if (!sound(p.at)) return taps;
    const T whole = std::floor(p.at);
    std::array<T, 4> weight{}, slope{};
    cubic(p.at - whole, weight, slope);
    for (size_t i = 0; i < 4; ++i) {
      const T at = padded<T>({whole - 1 + static_cast<T>(i), 1}, args, size).at;
      taps.add(static_cast<int64_t>(at), size, weight[i], slope[i] * p.slope);
    }
    return taps;
  }
  p = padded(p, args, size);
  if (!sound(p.at)) return taps;
  if (args.mode == GridSampleMode::nearest) {
    taps.add(static_cast<int64_t>(std::nearbyint(p.at)), size, 1, 0);
    return taps;
  }
  const T whole = std::floor(p.at);
  const auto first = static_cast<int64_t>(whole);
  taps.add(first, size, whole + 1 - p.at, -p.slope);
  taps.add(first + 1, size, p.at - whole, p.slope);
  return taps;
}

struct Sizes {
  int64_t n, c, points, axes, plane;
  std::array<int64_t, 3> size;  ///< of x, outermost first; 1 in front of two
};

Sizes sizes_of(const GridSampleArgs& args) {
  const int axes = args.x.shape.rank() - 2;
  Sizes s{args.x.shape[0], args.x.shape[1], 1, axes, 1, {1, 1, 1}};
  for (int i = 0; i < axes; ++i) {
    const int place = 3 - axes + i;
    s.size[static_cast<size_t>(place)] = args.x.shape[2 + i];
    s.plane *= args.x.shape[2 + i];
    s.points *= args.y.shape[2 + i];
  }
  return s;
}

/// What a point sees in every plane. Nothing is cleared that is not filled: that alone took longer
/// than the sums.
template <class T>
struct PointTaps {
  using Slopes = std::array<std::array<T, 16>, 3>;  ///< by the grid's numbers, in their order

  int64_t count;
  std::array<int64_t, 16> offset;
  std::array<T, 16> weight;

  void find(const GridSampleArgs& args, const Sizes& s, const T* grid, Slopes* slopes = nullptr) {
    AxisTaps<T> d;
    if (s.axes == 3) {
      d = taps_at(args, grid[2], s.size[0]);
    } else {
      d.add(0, 1, 1, 0);
    }
    const AxisTaps<T> h = taps_at(args, grid[1], s.size[1]);
    const AxisTaps<T> w = taps_at(args, grid[0], s.size[2]);
    count = 0;
    for (size_t i = 0; i < static_cast<size_t>(d.count); ++i) {
      for (size_t j = 0; j < static_cast<size_t>(h.count); ++j) {
        for (size_t k = 0; k < static_cast<size_t>(w.count); ++k) {
          const auto at = static_cast<size_t>(count++);
          offset[at] = (d.index[i] * s.size[1] + h.index[j]) * s.size[2] + w.index[k];
          weight[at] = d.weight[i] * h.weight[j] * w.weight[k];
          if (slopes == nullptr) continue;
          (*slopes)[0][at] = d.weight[i] * h.weight[j] * w.slope[k];
          (*slopes)[1][at] = d.weight[i] * h.slope[j] * w.weight[k];
          (*slopes)[2][at] = d.slope[i] * h.weight[j] * w.weight[k];
        }
      }
    }
  }
};

/// Calls fn(n, begin, end) for blocks of points of one image, at most kPointBlock of them.
template <class F>
void for_blocks(const Sizes& s, const F& fn) {
  const int64_t blocks = ceil_div(s.points, kPointBlock);
  const int64_t work = kPointBlock * 8 * std::max<int64_t>(1, s.c);
  parallel_ranges(s.n * blocks, std::max<int64_t>(1, kGrain / work),
                  [&](int64_t first, int64_t last) {
                    for (int64_t i = first; i < last; ++i) {
                      const int64_t begin = i % blocks * kPointBlock;
                      fn(i / blocks, begin, std::min(s.points, begin + kPointBlock));
                    }
                  });
}

template <class T>
void forward(Backend& backend, const GridSampleArgs& args, const Sizes& s) {
  const DenseInput x(backend, args.x, dtype_of<T>);
  const DenseInput grid(backend, args.grid, dtype_of<T>);
  DenseOutput y(backend, args.y, dtype_of<T>);
  const T* const places = grid.data<T>();
  for_blocks(s, [&](int64_t n, int64_t begin, int64_t end) {
    std::array<PointTaps<T>, kPointBlock> taps;
    for (int64_t p = begin; p < end; ++p) {
      taps[static_cast<size_t>(p - begin)].find(args, s, places + (n * s.points + p) * s.axes);
    }
    for (int64_t c = 0; c < s.c; ++c) {
      const T* from = x.data<T>() + (n * s.c + c) * s.plane;
      T* to = y.data<T>() + (n * s.c + c) * s.points;
      for (int64_t p = begin; p < end; ++p) {
        const PointTaps<T>& point = taps[static_cast<size_t>(p - begin)];
        T sum = 0;
        for (size_t j = 0; j < static_cast<size_t>(point.count); ++j) {
          sum += point.weight[j] * from[point.offset[j]];
        }
        to[p] = sum;
      }
    }
  });
  y.finish();
}

template <class T>
void grad_input(Backend& backend, const GridSampleArgs& args, const Sizes& s) {
  const DenseInput grid(backend, args.grid, dtype_of<T>);
  const DenseInput grad_y(backend, args.y, dtype_of<T>);
  DenseOutput grad_x(backend, args.x, dtype_of<T>);
  const T* const places = grid.data<T>();
  const int64_t blocks = ceil_div(s.c, kChannelBlock);
  parallel_for(s.n * blocks, [&](int64_t piece) {
    const int64_t n = piece / blocks;
    const int64_t first = piece % blocks * kChannelBlock;
    const int64_t count = std::min(kChannelBlock, s.c - first);
    T* const to = grad_x.data<T>() + (n * s.c + first) * s.plane;
    const T* const g = grad_y.data<T>() + (n * s.c + first) * s.points;
    std::fill_n(to, count * s.plane, T{0});
    for (int64_t p = 0; p < s.points; ++p) {
      PointTaps<T> taps;
      taps.find(args, s, places + (n * s.points + p) * s.axes);
      for (int64_t c = 0; c < count; ++c) {
        for (size_t j = 0; j < static_cast<size_t>(taps.count); ++j) {
          to[c * s.plane + taps.offset[j]] += taps.weight[j] * g[c * s.points + p];
        }
      }
    }
  });
  grad_x.finish();
}

template <class T>
void grad_grid(Backend& backend, const GridSampleArgs& args, const Sizes& s) {
  const DenseInput x(backend, args.x, dtype_of<T>);
  const DenseInput grid(backend, args.grid, dtype_of<T>);
  const DenseInput grad_y(backend, args.y, dtype_of<T>);
  DenseOutput result(backend, args.grad_grid, dtype_of<T>);
  const T* const places = grid.data<T>();
  for_blocks(s, [&](int64_t n, int64_t begin, int64_t end) {
    PointTaps<T> taps;
    typename PointTaps<T>::Slopes slopes;
    for (int64_t p = begin; p < end; ++p) {
      const int64_t at = (n * s.points + p) * s.axes;
      taps.find(args, s, places + at, &slopes);
      std::array<T, 16> dot{};
      for (int64_t c = 0; c < s.c; ++c) {
        const T* from = x.data<T>() + (n * s.c + c) * s.plane;
        const T g = grad_y.data<T>()[(n * s.c + c) * s.points + p];
        for (size_t j = 0; j < static_cast<size_t>(taps.count); ++j) {
          dot[j] += g * from[taps.offset[j]];
        }
      }
      for (int64_t a = 0; a < s.axes; ++a) {
        T sum = 0;
        for (size_t j = 0; j < static_cast<size_t>(taps.count); ++j) {
          sum += slopes[static_cast<size_t>(a)][j] * dot[j];
        }
        result.data<T>()[at + a] = sum;
      }
    }
  });
  result.finish();
}

template <class T>
void grid_sample_as(Backend& backend, const GridSampleArgs& args) {
  const Sizes s = sizes_of(args);
  if (args.pass == Pass::forward) return forward<T>(backend, args, s);
  if (args.pass == Pass::grad_input) return grad_input<T>(backend, args, s);
  grad_grid<T>(backend, args, s);
}

}  // namespace

void CpuBackend::grid_sample(const GridSampleArgs& args) {
  if (compute_type(args.x.dtype) == DType::float64) {
    grid_sample_as<double>(*this, args);
  } else {
    grid_sample_as<float>(*this, args);
  }
}

}  // namespace ct::cpu
