// Resampling on the CPU: planes are cut into bands of output rows, and each band goes through both
// of its axes while it is in cache. A third axis is a pass of its own, over rows that are whole
// planes. Vector code: simd/resample/resample_kernels.hpp.
#include <algorithm>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "backend_cpu/simd/resample/resample_kernels.hpp"
#include "core/view/dense.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kBand = 32768;  // elements of the result
// What an element that is picked costs, in elements that are read in order.
constexpr int64_t kPickCost = 4;

/// A ResampleAxis in memory; without an index the axis stays.
template <class T>
struct Axis {
  int64_t in = 1, out = 1, taps = 1;
  const int32_t* index = nullptr;
  const T* weight = nullptr;

  bool stays() const { return index == nullptr; }
};

/// What of an axis adds to a row: pointers to rows and their weights. One object serves a band: a
/// row of a small plane takes less time than memory for these lists.
template <class T>
class RowTaps {
 public:
  /// Of row `o`, of rows of `length` from number `first` on.
  void find(const Axis<T>& axis, int64_t o, const T* rows, int64_t first, int64_t length) {
    rows_.clear();
    weights_.clear();
    for (int64_t k = 0; k < axis.taps; ++k) {
      const int64_t at = axis.index[k * axis.out + o];
      const T weight = axis.weight == nullptr ? T{1} : axis.weight[k * axis.out + o];
      if (at < 0) continue;
      rows_.push_back(rows + (at - first) * length);
      weights_.push_back(weight);
    }
  }
  void combine(int64_t length, T* y) const {
    if (rows_.empty()) {
      std::fill_n(y, length, T{0});
    } else if (rows_.size() == 1 && weights_[0] == T{1}) {
      std::copy_n(rows_[0], length, y);
    } else {
      resample_kernels<T>().combine(rows_.data(), weights_.data(),
                                    static_cast<int64_t>(rows_.size()), length, y);
    }
  }

 private:
  std::vector<const T*> rows_;
  std::vector<T> weights_;
};

template <class T>
void pick(const Axis<T>& w, const T* x, T* y) {
  resample_kernels<T>().gather(x, w.index, w.weight, w.taps, w.out, y);
}

/// Rows [begin, end) of a plane's result.
template <class T>
void band(const Axis<T>& h, const Axis<T>& w, const T* x, T* y, int64_t begin, int64_t end) {
  RowTaps<T> taps;
  if (w.stays()) {
    for (int64_t o = begin; o < end; ++o) {
      taps.find(h, o, x, 0, w.in);
      taps.combine(w.in, y + o * w.out);
    }
    return;
  }
  int64_t low = h.in, high = -1;
  for (int64_t k = 0; k < h.taps; ++k) {
    for (int64_t o = begin; o < end; ++o) {
      const int64_t at = h.index[k * h.out + o];
      if (at < 0) continue;
      low = std::min(low, at);
      high = std::max(high, at);
    }
  }
  const int64_t rows = std::max<int64_t>(0, high - low + 1);
  const int64_t pick_row = kPickCost * w.taps * w.out;
  const int64_t picked_first = rows * pick_row + (end - begin) * h.taps * w.out;
  const int64_t picked_last = (end - begin) * (h.taps * w.in + pick_row);
  if (picked_first <= picked_last) {
    T* const wide = scratch<T>(Scratch::image, rows * w.out);
    for (int64_t r = 0; r < rows; ++r) pick(w, x + (low + r) * w.in, wide + r * w.out);
    for (int64_t o = begin; o < end; ++o) {
      taps.find(h, o, wide, low, w.out);
      taps.combine(w.out, y + o * w.out);
    }
  } else {
    T* const row = scratch<T>(Scratch::image, w.in);
    for (int64_t o = begin; o < end; ++o) {
      taps.find(h, o, x, 0, w.in);
      taps.combine(w.in, row);
      pick(w, row, y + o * w.out);
    }
  }
}

/// x (planes, h.in, w.in) to y (planes, h.out, w.out).
template <class T>
void run(int64_t planes, const Axis<T>& h, const Axis<T>& w, const T* x, T* y) {
  if (h.stays()) {
    const int64_t rows = planes * h.in;
    parallel_ranges(rows, std::max<int64_t>(1, kBand / (w.out * w.taps)),
                    [&](int64_t begin, int64_t end) {
                      for (int64_t r = begin; r < end; ++r) pick(w, x + r * w.in, y + r * w.out);
                    });
    return;
  }
  const int64_t size = h.out * w.out;
  if (size <= kBand) {
    parallel_ranges(planes, std::max<int64_t>(1, kBand / size), [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        band(h, w, x + p * h.in * w.in, y + p * size, 0, h.out);
      }
    });
    return;
  }
  const int64_t bands = std::min(h.out, ceil_div(size, kBand));
  parallel_for(planes * bands, [&](int64_t piece) {
    const int64_t p = piece / bands, b = piece % bands;
    band(h, w, x + p * h.in * w.in, y + p * size, h.out * b / bands, h.out * (b + 1) / bands);
  });
}

/// One axis of `args` in memory, for as long as this object lives.
template <class T>
struct LoadedAxis {
  LoadedAxis(Backend& backend, const ResampleAxis& axis, int64_t in, int64_t out)
      : index(backend, axis.index, DType::int32), weight(backend, axis.weight, dtype_of<T>) {
    table.in = in;
    table.out = out;
    if (!axis.index) return;
    table.taps = axis.index.shape[0];
    table.index = index.template data<int32_t>();
    table.weight = axis.weight ? weight.template data<T>() : nullptr;
  }
  DenseInput index, weight;
  Axis<T> table;
};

template <class T>
void resample_as(CpuBackend& backend, const ResampleArgs& args) {
  const int first = args.input.shape.rank() - args.count;
  int64_t planes = 1;
  for (int i = 0; i < first; ++i) planes *= args.input.shape[i];
  const auto sizes = [&](const Shape& shape, int from_end) {
    return from_end < args.count ? shape[shape.rank() - 1 - from_end] : 1;
  };
  const ResampleAxis none;
  const auto axis = [&](int from_end) {
    const bool there = from_end < args.count;
    return LoadedAxis<T>(backend,
                         there ? args.axes[static_cast<size_t>(args.count - 1 - from_end)] : none,
                         sizes(args.input.shape, from_end), sizes(args.output.shape, from_end));
  };
  const auto w = axis(0), h = axis(1), d = axis(2);
  const DenseInput x(backend, args.input, dtype_of<T>);
  DenseOutput y(backend, args.output, dtype_of<T>);
  const bool flat = d.table.stays();                     // one axis or two
  const bool deep = h.table.stays() && w.table.stays();  // the outer of three alone
  if (flat && deep) {
    std::copy_n(x.data<T>(), numel(args.output.shape), y.data<T>());
  } else if (flat) {
    run(planes * d.table.in, h.table, w.table, x.data<T>(), y.data<T>());
  } else {
    Axis<T> rows;  // each a whole plane
    rows.in = rows.out = h.table.out * w.table.out;
    if (deep) {
      run(planes, d.table, rows, x.data<T>(), y.data<T>());
    } else {
      const DenseArray between(backend, dtype_of<T>,
                               {planes, d.table.in, h.table.out, w.table.out});
      T* const part = view_data<T>(between.view());
      run(planes * d.table.in, h.table, w.table, x.data<T>(), part);
      run<T>(planes, d.table, rows, part, y.data<T>());
    }
  }
  y.finish();
}

}  // namespace

void CpuBackend::resample(const ResampleArgs& args) {
  if (numel(args.output.shape) == 0) return;
  if (compute_type(args.input.dtype) == DType::float64) {
    resample_as<double>(*this, args);
  } else {
    resample_as<float>(*this, args);
  }
}

}  // namespace ct::cpu
