// Maximum pools whose windows differ in size or distance: their places are gathered next to each
// other along one axis after the other, the last axis first, and pooled there. Of equals the first
// in row-major order wins, as in every pool.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/view/integer.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/pool_indices.hpp"
#include "customtensor/ops/random.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/conv/pool.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct {

namespace {

/// The place of each element in its channel, for every channel: (n, c, sizes…), a view.
Tensor own_places(const Tensor& x) {
  int64_t count = 1;
  Shape sizes = x.shape();
  sizes[0] = sizes[1] = 1;
  for (int i = 2; i < sizes.rank(); ++i) count *= sizes[i];
  return arange(count, {.dtype = int64, .device = x.device()}).reshape(sizes).expand(x.shape());
}

/// Places of the windows of an axis, `length` a window: a shorter one repeats its last.
struct Windows {
  std::vector<int64_t> places;
  int64_t length = 0;
};
Windows even_windows(int64_t in, int64_t out) {
  Windows w;
  const auto begin = [&](int64_t i) { return i * in / out; };
  const auto end = [&](int64_t i) { return ceil_div((i + 1) * in, out); };
  for (int64_t i = 0; i < out; ++i) w.length = std::max(w.length, end(i) - begin(i));
  for (int64_t i = 0; i < out; ++i) {
    for (int64_t j = 0; j < w.length; ++j) w.places.push_back(std::min(begin(i) + j, end(i) - 1));
  }
  return w;
}

PooledMax adaptive(const char* op, const Tensor& x, Dims size, bool places) {
  bool single = false;
  const Tensor batch = ops::with_samples(op, x, size.rank(), single);
  ops::PoolWindow whole;
  bool divides = true;
  for (int i = 0; i < size.rank(); ++i) {
    const int64_t in = batch.size(2 + i);
    if (size[i] < 0) {
      throw ValueError(fmt::format("{}: sizes must not be negative: {}", op, to_string(size)));
    }
    if (size[i] == 0) size[i] = in;
    if (in == 0) {
      throw ValueError(fmt::format("{}: x has no elements along axis {}: {}", op,
                                   2 + i - (single ? 1 : 0), to_string(x.shape())));
    }
    checked_mul(op, checked_add(op, size[i], 1), in);
    divides = divides && in % size[i] == 0;
    whole.kernel.push_back(in / size[i]);
    whole.stride.push_back(in / size[i]);
    whole.padding.push_back(0);
    whole.dilation.push_back(1);
  }
  if (divides) return ops::max_pool(op, x, whole, places);
  if (!is_floating(x.dtype())) {
    throw DTypeError(
        fmt::format("{}: x is {}: it must be floating; convert with .to()", op, name(x.dtype())));
  }
  PooledMax result{batch, places ? own_places(batch) : Tensor()};
  for (int i = size.rank(); i-- > 0;) {
    const Windows w = even_windows(batch.size(2 + i), size[i]);
    const Tensor index = tensor(w.places, {.device = x.device()});
    result.values = index_select(result.values, 2 + i, index);
    if (places) result.indices = index_select(result.indices, 2 + i, index);
    result = ops::largest_of_runs(result, 2 + i, w.length);
  }
  if (!single) return result;
  return {result.values.squeeze(0), places ? result.indices.squeeze(0) : Tensor()};
}

/// The places of an axis' windows for each channel: (n, c, out * kernel).
Tensor random_places(const Tensor& sample, int64_t in, int64_t out, int64_t kernel) {
  const TensorOptions whole{.dtype = int64, .device = sample.device()};
  const Tensor last = full({1}, in - kernel, whole);
  Tensor starts = last.expand({sample.size(0), sample.size(1), 1});
  if (out > 1) {
    const double step = static_cast<double>(in - kernel) / static_cast<double>(out - 1);
    const Tensor u = sample.unsqueeze(2);
    const Tensor i = arange(out - 1, {.dtype = sample.dtype(), .device = sample.device()});
    const Tensor before = trunc((i + u) * step).to(int64) - trunc(u * step).to(int64);
    starts = cat({before, starts}, 2);
  }
  return (starts.unsqueeze(3) + arange(kernel, whole)).flatten(2);
}

struct Fraction {
  Dims kernel, size;
  Tensor samples;
  Generator* generator;
  std::vector<int> sample_of;  ///< which sample is whose axis'
};

template <class Sizes, size_t N>
Dims fraction_size(const char* op, const Tensor& x, const std::optional<Sizes>& size,
                   const std::optional<std::array<double, N>>& ratio) {
  if (size.has_value() == ratio.has_value()) {
    throw ValueError(fmt::format("{}: give one of output_size and output_ratio: {}", op,
                                 size.has_value() ? "both were given" : "neither was given"));
  }
  if (size) return size->array();
  Dims result;
  for (size_t i = 0; i < N; ++i) {
    const double r = (*ratio)[i];
    if (!(r > 0 && r < 1)) {
      throw ValueError(fmt::format("{}: output_ratio must lie between 0 and 1: {}", op, r));
    }
    const int64_t in = x.size(x.dim() - static_cast<int64_t>(N - i));
    result.push_back(static_cast<int64_t>(static_cast<double>(in) * r));
  }
  return result;
}

PooledMax fractional(const char* op, const Tensor& x, const Fraction& f, bool places) {
  const int axes = f.kernel.rank();
  bool single = false;
  const Tensor batch = ops::with_samples(op, x, axes, single);
  if (!is_floating(x.dtype())) {
    throw DTypeError(
        fmt::format("{}: x is {}: it must be floating; convert with .to()", op, name(x.dtype())));
  }
  for (int i = 0; i < axes; ++i) {
    const int64_t in = batch.size(2 + i), k = f.kernel[i], out = f.size[i];
    if (k < 1 || out < 1 || k > in || out > in - k + 1) {
      throw ValueError(fmt::format("{}: the windows do not fit: x {}, kernel {}, output size {}",
                                   op, to_string(x.shape()), to_string(f.kernel),
                                   to_string(f.size)));
    }
  }
  Tensor samples = f.samples;
  const DType dtype = batch.dtype() == float64 ? float64 : float32;
  const Shape wanted{batch.size(0), batch.size(1), axes};
  if (!samples.defined()) {
    samples = rand(wanted, {.dtype = dtype, .device = x.device()}, f.generator);
  } else if (samples.shape() != wanted) {
    throw ShapeError(fmt::format("{}: random_samples must be {}: {}", op, to_string(wanted),
                                 to_string(samples.shape())));
  } else {
    detail::check_same_device(x, samples, op);
  }
  samples = samples.detach().to(dtype);
  PooledMax result{batch, places ? own_places(batch) : Tensor()};
  for (int i = axes; i-- > 0;) {
    const Tensor sample = samples.select(2, f.sample_of[static_cast<size_t>(i)]);
    Tensor index = random_places(sample, batch.size(2 + i), f.size[i], f.kernel[i]);
    Shape along = result.values.shape();
    along[2 + i] = index.size(2);
    Shape once = Shape::filled(along.rank(), 1);
    once[0] = along[0];
    once[1] = along[1];
    once[2 + i] = along[2 + i];
    index = index.reshape(once).expand(along);
    result.values = gather(result.values, 2 + i, index);
    if (places) result.indices = gather(result.indices, 2 + i, index);
    result = ops::largest_of_runs(result, 2 + i, f.kernel[i]);
  }
  if (!single) return result;
  return {result.values.squeeze(0), places ? result.indices.squeeze(0) : Tensor()};
}

PooledMax fractional2d(const Tensor& x, Pair kernel, const FractionalPool2dOptions& o,
                       bool places) {
  constexpr const char* op = "fractional_max_pool2d";
  bool single = false;
  ops::with_samples(op, x, 2, single);
  const Dims size = fraction_size(op, x, o.output_size, o.output_ratio);
  return fractional(op, x, {kernel.array(), size, o.random_samples, o.generator, {1, 0}}, places);
}
PooledMax fractional3d(const Tensor& x, Triple kernel, const FractionalPool3dOptions& o,
                       bool places) {
  constexpr const char* op = "fractional_max_pool3d";
  bool single = false;
  ops::with_samples(op, x, 3, single);
  const Dims size = fraction_size(op, x, o.output_size, o.output_ratio);
  return fractional(op, x, {kernel.array(), size, o.random_samples, o.generator, {0, 1, 2}},
                    places);
}

}  // namespace

Tensor adaptive_max_pool1d(const Tensor& x, int64_t size) {
  return adaptive("adaptive_max_pool1d", x, {size}, false).values;
}
Tensor adaptive_max_pool2d(const Tensor& x, Pair size) {
  return adaptive("adaptive_max_pool2d", x, size.array(), false).values;
}
Tensor adaptive_max_pool3d(const Tensor& x, Triple size) {
  return adaptive("adaptive_max_pool3d", x, size.array(), false).values;
}
PooledMax adaptive_max_pool1d_with_indices(const Tensor& x, int64_t size) {
  return adaptive("adaptive_max_pool1d", x, {size}, true);
}
PooledMax adaptive_max_pool2d_with_indices(const Tensor& x, Pair size) {
  return adaptive("adaptive_max_pool2d", x, size.array(), true);
}
PooledMax adaptive_max_pool3d_with_indices(const Tensor& x, Triple size) {
  return adaptive("adaptive_max_pool3d", x, size.array(), true);
}

Tensor fractional_max_pool2d(const Tensor& x, Pair kernel, const FractionalPool2dOptions& options) {
  return fractional2d(x, kernel, options, false).values;
}
Tensor fractional_max_pool3d(const Tensor& x, Triple kernel,
                             const FractionalPool3dOptions& options) {
  return fractional3d(x, kernel, options, false).values;
}
PooledMax fractional_max_pool2d_with_indices(const Tensor& x, Pair kernel,
                                             const FractionalPool2dOptions& options) {
  return fractional2d(x, kernel, options, true);
}
PooledMax fractional_max_pool3d_with_indices(const Tensor& x, Triple kernel,
                                             const FractionalPool3dOptions& options) {
  return fractional3d(x, kernel, options, true);
}

}  // namespace ct
