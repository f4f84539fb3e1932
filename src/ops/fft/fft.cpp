// ct::fft: every transform is one call of the family, on the parts of complex numbers; its gradient
// is the call in the other direction.
#include "customtensor/fft.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "autograd/record.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/complex.hpp"

namespace ct::fft {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace {

/// What a call of the family does to x, but for the axis' place in memory.
struct Transform {
  const char* name;
  int axis;
  int64_t n, places;  ///< of the result
  bool inverse, half, to_complex;
  double scale;
};

Tensor transformed(const Tensor& x, const Transform& t);

/// Of `half`: what the places of x stand for, 1 for those without a mirror image, else 2.
Tensor multiplicity(const Transform& t, int64_t places, const Tensor& like) {
  std::vector<double> counts(static_cast<size_t>(places), 2.0);
  counts[0] = 1.0;
  if (t.n % 2 == 0 && places == t.n / 2 + 1) counts.back() = 1.0;
  Shape shape = Shape::filled(like.shape().rank(), 1);
  shape[t.axis] = places;
  return tensor(counts, {.dtype = real_type(like.dtype()), .device = like.device()}).reshape(shape);
}

Tensor transformed(const Tensor& x, const Transform& t) {
  const TensorImpl& from = impl(x);
  Shape shape = from.shape;
  shape[t.axis] = t.places;
  const DType real = real_type(from.dtype);
  Tensor out = detail::make_tensor(shape, t.to_complex ? promote_types(real, complex64) : real,
                                   from.backend());
  FftArgs args;
  args.axis = t.axis;
  args.n = t.n;
  args.inverse = t.inverse;
  args.half = t.half;
  args.scale = t.scale;
  const bool complex = is_complex(from.dtype);
  args.x_re = detail::view_of(complex ? ops::plain_part(x, 0) : x);
  if (complex) args.x_im = detail::view_of(ops::plain_part(x, 1));
  args.y_re = detail::view_of(t.to_complex ? ops::plain_part(out, 0) : out);
  if (t.to_complex) args.y_im = detail::view_of(ops::plain_part(out, 1));
  if (out.numel() > 0) from.kernels().fft(args);
  autograd::record(t.name, {&out}, {&x}, [&](const Recording&) {
    return [t, places = from.shape[t.axis], complex](std::span<const Tensor> g, Gradients& d) {
      // Transposed and conjugated: the other direction, of what there is of g.
      Transform back = t;
      back.inverse = !t.inverse;
      back.half = false;
      back.places = places;
      back.to_complex = complex;
      d[0] = transformed(g[0], back);
      if (t.half) d[0] = d[0] * multiplicity(t, places, d[0]);
    };
  });
  return out;
}

double scale_of(const char* name, std::string_view norm, int64_t n, bool inverse) {
  const auto length = static_cast<double>(n);
  if (norm == "ortho") return 1 / std::sqrt(length);
  if (norm == "backward") return inverse ? 1 / length : 1.0;
  if (norm == "forward") return inverse ? 1.0 : 1 / length;
  throw ValueError(fmt::format(
      "{}: the norm \"{}\" is none of \"backward\", \"ortho\" and \"forward\"", name, norm));
}

/// In a type that has transforms.
Tensor checked(const char* name, const Tensor& x, bool real) {
  detail::check_defined(x, name, "x");
  if (x.dtype() == float16 || x.dtype() == bfloat16) {
    throw DTypeError(fmt::format("{}: {} has no transforms; convert with .to(ct::float32)", name,
                                 ct::name(x.dtype())));
  }
  if (real && is_complex(x.dtype())) {
    throw DTypeError(
        fmt::format("{}: the input is {}: it must be real; take ct::real(x), or transform by fft",
                    name, ct::name(x.dtype())));
  }
  return is_differentiable(x.dtype()) ? x : x.to(float32);
}

int axis_of(const char* name, const Tensor& x, int64_t dim) {
  return normalize_axis(dim, x.shape().rank(), name);
}

int64_t length_of(const char* name, int64_t n) {
  if (n >= 1) return n;
  throw ValueError(fmt::format("{}: a transform of length {}: it must be positive", name, n));
}

/// As much of x as a transform reads.
Tensor cut(const Tensor& x, int axis, int64_t places) {
  return x.shape()[axis] > places ? x.narrow(axis, 0, places) : x;
}

enum class Kind { complex, from_real, to_real };

/// All of them have one row under autocast.
constexpr ops::Autocast::Rule kRow = "fft";

Tensor along(const char* name, const Tensor& input, Length length, int64_t dim,
             std::string_view norm, bool inverse, Kind kind) {
  if (const ops::Autocast cast{kRow}) {
    return along(name, cast(input), length, dim, norm, inverse, kind);
  }
  const Tensor x = checked(name, input, kind == Kind::from_real);
  const int axis = axis_of(name, x, dim);
  const int64_t given = x.shape()[axis];
  const int64_t own = kind == Kind::to_real ? 2 * (given - 1) : given;
  const int64_t n = length_of(name, length.value_or(own));
  const int64_t half = n / 2 + 1;
  const Transform t{.name = name,
                    .axis = axis,
                    .n = n,
                    .places = kind == Kind::from_real ? half : n,
                    .inverse = inverse,
                    .half = kind == Kind::to_real,
                    .to_complex = kind != Kind::to_real,
                    .scale = scale_of(name, norm, n, inverse)};
  return transformed(cut(x, axis, kind == Kind::to_real ? half : n), t);
}

/// The axes of a transform along several, and their lengths, where they are given.
struct Plan {
  std::vector<int> axes;
  std::vector<Length> lengths;
};

Plan plan_of(const char* name, const Tensor& x, const Dims& s, const Axes& dim) {
  const int rank = x.shape().rank();
  if (!s.empty() && !dim.empty() && s.rank() != dim.rank()) {
    throw ValueError(fmt::format("{}: {} lengths for {} axes: s {}, dim {}", name, s.rank(),
                                 dim.rank(), to_string(s), to_string(dim)));
  }
  if (s.rank() > rank) {
    throw ValueError(fmt::format("{}: {} lengths for a tensor with {} axes: {}", name, s.rank(),
                                 rank, to_string(s)));
  }
  Plan plan;
  uint32_t seen = 0;
  const int count = !dim.empty() ? dim.rank() : !s.empty() ? s.rank() : rank;
  for (int i = 0; i < count; ++i) {
    const int axis = dim.empty() ? rank - count + i : normalize_axis(dim[i], rank, name);
    if ((seen >> axis & 1U) != 0) {
      throw ValueError(
          fmt::format("{}: axis {} is named twice: dim {}", name, axis, to_string(dim)));
    }
    seen |= 1U << axis;
    plan.axes.push_back(axis);
    plan.lengths.push_back(s.empty() || s[i] == -1 ? Length() : Length(s[i]));
  }
  return plan;
}

/// All axes but the last one.
Tensor all_but_last(const char* name, Tensor x, const Plan& plan, std::string_view norm,
                    bool inverse) {
  for (size_t i = plan.axes.size(); i-- > 1;) {
    const size_t at = i - 1;
    x = along(name, x, plan.lengths[at], plan.axes[at], norm, inverse, Kind::complex);
  }
  return x;
}

Tensor along_all(const char* name, const Tensor& input, const Dims& s, const Axes& dim,
                 std::string_view norm, bool inverse, Kind kind) {
  if (const ops::Autocast cast{kRow}) {
    return along_all(name, cast(input), s, dim, norm, inverse, kind);
  }
  const Tensor x = checked(name, input, kind == Kind::from_real);
  const Plan plan = plan_of(name, x, s, dim);
  if (plan.axes.empty()) {
    throw ValueError(fmt::format("{}: a number has no axis to transform along: shape {}", name,
                                 to_string(x.shape())));
  }
  const auto last = [&](const Tensor& t) {
    return along(name, t, plan.lengths.back(), plan.axes.back(), norm, inverse, kind);
  };
  if (kind == Kind::to_real) return last(all_but_last(name, x, plan, norm, inverse));
  return all_but_last(name, last(x), plan, norm, inverse);
}

/// Whole numbers over n d, those of `two_sided` that are not below n/2 less n.
Tensor frequencies(const char* name, int64_t n, bool two_sided, double d,
                   const TensorOptions& options) {
  length_of(name, n);
  std::vector<double> values;
  for (int64_t k = 0; k < (two_sided ? n : n / 2 + 1); ++k) {
    const int64_t whole = two_sided && 2 * k >= n ? k - n : k;
    values.push_back(static_cast<double>(whole) / (static_cast<double>(n) * d));
  }
  TensorOptions with = options;
  with.dtype = options.dtype.value_or(float32);
  return tensor(values, with);
}

Tensor turned(const char* name, const Tensor& x, const Axes& dim, bool back) {
  detail::check_defined(x, name, "x");
  Dims shifts;
  Axes axes;
  for (int i = 0; i < (dim.empty() ? x.shape().rank() : dim.rank()); ++i) {
    const int axis = dim.empty() ? i : axis_of(name, x, dim[i]);
    const int64_t n = x.shape()[axis];
    axes.push_back(axis);
    shifts.push_back(back ? n - n / 2 : n / 2);
  }
  return axes.empty() ? x.clone() : roll(x, shifts, axes);
}

}  // namespace

Tensor fft(const Tensor& x, Length n, int64_t dim, std::string_view norm) {
  return along("fft", x, n, dim, norm, false, Kind::complex);
}
Tensor ifft(const Tensor& x, Length n, int64_t dim, std::string_view norm) {
  return along("ifft", x, n, dim, norm, true, Kind::complex);
}
Tensor rfft(const Tensor& x, Length n, int64_t dim, std::string_view norm) {
  return along("rfft", x, n, dim, norm, false, Kind::from_real);
}
Tensor irfft(const Tensor& x, Length n, int64_t dim, std::string_view norm) {
  return along("irfft", x, n, dim, norm, true, Kind::to_real);
}
Tensor hfft(const Tensor& x, Length n, int64_t dim, std::string_view norm) {
  return along("hfft", x, n, dim, norm, false, Kind::to_real);
}
Tensor ihfft(const Tensor& x, Length n, int64_t dim, std::string_view norm) {
  return along("ihfft", x, n, dim, norm, true, Kind::from_real);
}

Tensor fftn(const Tensor& x, const Dims& s, const Axes& dim, std::string_view norm) {
  return along_all("fftn", x, s, dim, norm, false, Kind::complex);
}
Tensor ifftn(const Tensor& x, const Dims& s, const Axes& dim, std::string_view norm) {
  return along_all("ifftn", x, s, dim, norm, true, Kind::complex);
}
Tensor rfftn(const Tensor& x, const Dims& s, const Axes& dim, std::string_view norm) {
  return along_all("rfftn", x, s, dim, norm, false, Kind::from_real);
}
Tensor irfftn(const Tensor& x, const Dims& s, const Axes& dim, std::string_view norm) {
  return along_all("irfftn", x, s, dim, norm, true, Kind::to_real);
}
Tensor fft2(const Tensor& x, const Dims& s, const Axes& dim, std::string_view norm) {
  return along_all("fft2", x, s, dim, norm, false, Kind::complex);
}
Tensor ifft2(const Tensor& x, const Dims& s, const Axes& dim, std::string_view norm) {
  return along_all("ifft2", x, s, dim, norm, true, Kind::complex);
}
Tensor rfft2(const Tensor& x, const Dims& s, const Axes& dim, std::string_view norm) {
  return along_all("rfft2", x, s, dim, norm, false, Kind::from_real);
}
Tensor irfft2(const Tensor& x, const Dims& s, const Axes& dim, std::string_view norm) {
  return along_all("irfft2", x, s, dim, norm, true, Kind::to_real);
}

Tensor fftfreq(int64_t n, double d, const TensorOptions& options) {
  return frequencies("fftfreq", n, true, d, options);
}
Tensor rfftfreq(int64_t n, double d, const TensorOptions& options) {
  return frequencies("rfftfreq", n, false, d, options);
}

Tensor fftshift(const Tensor& x, const Axes& dim) { return turned("fftshift", x, dim, false); }
Tensor ifftshift(const Tensor& x, const Axes& dim) { return turned("ifftshift", x, dim, true); }

}  // namespace ct::fft
