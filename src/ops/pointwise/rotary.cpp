// Rotary positions: one program of two results, written straight into the two places of each pair.
// The derivative is the same op with the sine negated.
#include "customtensor/ops/rotary.hpp"

#include <fmt/format.h>

#include <array>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct {

using detail::impl;

namespace {

constexpr const char* kName = "rotary_embedding";

const ProgramPtr& rotary_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("rotary", 4);
    const auto first = b.input(0), second = b.input(1), cos = b.input(2), sin = b.input(3);
    b.output(first * cos - second * sin);
    b.output(second * cos + first * sin);
    return b.build();
  }();
  return program;
}

void check(const Tensor& x, const Tensor& cos, const Tensor& sin) {
  detail::check_defined(x, kName, "x");
  detail::check_defined(cos, kName, "cos");
  detail::check_defined(sin, kName, "sin");
  detail::check_same_device(x, cos, kName);
  detail::check_same_device(x, sin, kName);
  const auto fits = [&](DType dtype) {
    return dtype == x.dtype() || dtype == compute_type(x.dtype());
  };
  if (!is_floating(x.dtype()) || !fits(cos.dtype()) || cos.dtype() != sin.dtype()) {
    throw DTypeError(fmt::format(
        "rotary_embedding: x, cos and sin are {}, {} and {}: they must be of one floating dtype, "
        "beside float16 and bfloat16 float32; convert with .to(dtype)",
        name(x.dtype()), name(cos.dtype()), name(sin.dtype())));
  }
  if (x.dim() < 2 || cos.dim() != 2 || cos.shape() != sin.shape() || cos.size(0) != x.size(-2) ||
      cos.size(1) > x.size(-1) / 2) {
    throw ShapeError(fmt::format(
        "rotary_embedding: x {}, cos {} and sin {} do not fit: they must be (..., L, D) and twice "
        "(L, R / 2) with R at most D",
        to_string(x.shape()), to_string(cos.shape()), to_string(sin.shape())));
  }
  if (cos.requires_grad() || sin.requires_grad()) {
    throw AutogradError(
        fmt::format("rotary_embedding: {} requires grad: there is a gradient of x alone; detach it",
                    cos.requires_grad() ? "cos" : "sin"));
  }
}

/// One feature of each pair, (…, L, R / 2).
Operand features(const Tensor& t, int64_t pairs, bool interleaved, bool second) {
  const TensorImpl& i = impl(t);
  Operand o{i.buffer(), i.offset, i.dtype, i.strides};
  const int64_t step = i.strides.back();
  if (second) o.offset += (interleaved ? 1 : pairs) * step;
  o.strides[o.strides.rank() - 1] = interleaved ? 2 * step : step;
  return o;
}

}  // namespace

Tensor rotary_embedding(const Tensor& x, const Tensor& cos, const Tensor& sin, bool interleaved) {
  check(x, cos, sin);
  const TensorImpl& i = impl(x);
  const int64_t pairs = cos.size(1), rest = x.size(-1) - 2 * pairs;
  Tensor out = detail::make_tensor(x.shape(), x.dtype(), i.backend());
  if (rest > 0) {
    const NoGradGuard off;
    detail::copy_unrecorded(out.narrow(-1, 2 * pairs, rest), x.narrow(-1, 2 * pairs, rest));
  }
  Shape shape = x.shape();
  shape[shape.rank() - 1] = pairs;
  if (numel(shape) > 0) {
    const std::array inputs{features(x, pairs, interleaved, false),
                            features(x, pairs, interleaved, true),
                            ops::broadcast_operand(cos, shape), ops::broadcast_operand(sin, shape)};
    const std::array outputs{features(out, pairs, interleaved, false),
                             features(out, pairs, interleaved, true)};
    i.kernels().pointwise({.program = rotary_program().get(),
                           .compute = compute_type(x.dtype()),
                           .shape = shape,
                           .inputs = inputs,
                           .outputs = outputs,
                           .scalars = {},
                           .random = {}});
  }
  autograd::record(kName, {&out}, {&x}, [&](const autograd::Recording& r) {
    return [cos = r.save_extra(cos), sin = r.save_extra(sin), interleaved](
               std::span<const Tensor> g, autograd::Gradients& d) {
      const DType dtype = compute_type(g[0].dtype());
      d[0] = rotary_embedding(g[0], cos.get().to(dtype), -sin.get().to(dtype), interleaved);
    };
  });
  return out;
}

}  // namespace ct
