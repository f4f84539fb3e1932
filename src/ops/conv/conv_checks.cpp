// The checks of convolutions, for any number of axes and both directions: each says all sizes.
#include "ops/conv/conv_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/conv_padding.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct::ops {

namespace {

// Kernels count places in 32 bits, from -padding on.
constexpr int64_t kMostPadding = (int64_t{1} << 30) - 1;

void check_at_least(const Convolution& conv, const char* what, const Dims& values, int64_t least) {
  if (std::any_of(values.begin(), values.end(), [&](int64_t v) { return v < least; })) {
    throw ValueError(
        fmt::format("{}: {} must be at least {}: {}", conv.op, what, least, to_string(values)));
  }
}

void check_settings(const Convolution& conv) {
  check_at_least(conv, "stride", conv.stride, 1);
  check_at_least(conv, "dilation", conv.dilation, 1);
  check_at_least(conv, "padding", conv.padding, 0);
  if (*std::max_element(conv.padding.begin(), conv.padding.end()) > kMostPadding) {
    throw ValueError(fmt::format("{}: padding must be at most {}: {}", conv.op, kMostPadding,
                                 to_string(conv.padding)));
  }
  for (int i = 0; i < conv.output_padding.rank(); ++i) {
    const int64_t more = conv.output_padding[i];
    if (more < 0 || more >= std::max(conv.stride[i], conv.dilation[i])) {
      throw ValueError(fmt::format(
          "{}: output_padding must be at least 0 and below stride or dilation: output_padding {}, "
          "stride {}, dilation {}",
          conv.op, to_string(conv.output_padding), to_string(conv.stride),
          to_string(conv.dilation)));
    }
  }
}

/// The largest part of an axis that a kernel spans.
int64_t window_of(const Convolution& conv, int axis, int64_t kernel) {
  return checked_add(conv.op, checked_mul(conv.op, conv.dilation[axis], kernel - 1), 1);
}

std::string facts_of(const Convolution& conv, const Tensor& x, const Tensor& weight) {
  return fmt::format("x {}, weight {}, groups {}", to_string(x.shape()), to_string(weight.shape()),
                     conv.groups);
}

void check_ranks(const Convolution& conv, bool transposed, const Tensor& x, const Tensor& weight) {
  static constexpr const char* kSizes[] = {"l", "h, w", "d, h, w"};
  static constexpr const char* kKernel[] = {"k", "kh, kw", "kd, kh, kw"};
  const int axes = conv.axes();
  if ((x.dim() == axes + 2 || x.dim() == axes + 1) && weight.dim() == axes + 2) return;
  throw ShapeError(fmt::format("{}: x must be (n, c, {}) or (c, {}) and weight ({}, {}): {}",
                               conv.op, kSizes[axes - 1], kSizes[axes - 1],
                               transposed ? "c, o / groups" : "o, c / groups", kKernel[axes - 1],
                               facts_of(conv, x, weight)));
}

}  // namespace

Shape checked_shape(Convolution& conv, bool transposed, const Tensor& x, const Tensor& weight,
                    const Tensor& bias) {
  const char* const op = conv.op;
  detail::check_defined(x, op, "x");
  detail::check_defined(weight, op, "weight");
  detail::check_same_device(x, weight, op);
  const int axes = conv.axes();
  const int rank = x.shape().rank();
  const Shape& sw = weight.shape();
  const auto facts = [&] { return facts_of(conv, x, weight); };
  check_ranks(conv, transposed, x, weight);
  if (x.dtype() != weight.dtype() || (bias.defined() && bias.dtype() != x.dtype())) {
    throw DTypeError(fmt::format(
        "{}: dtypes differ: x {}, weight {}{}; convert with .to(dtype)", op, name(x.dtype()),
        name(weight.dtype()), bias.defined() ? fmt::format(", bias {}", name(bias.dtype())) : ""));
  }
  check_settings(conv);
  Shape sx = x.shape();
  if (rank == axes + 1) sx.insert(0, 1);
  const int64_t groups = conv.groups;
  const int64_t c = sx[1];
  const bool fit = groups >= 1 && c % groups == 0 && sw[0] % groups == 0 &&
                   (transposed ? c == sw[0] : c / groups == sw[1]);
  if (!fit) {
    throw ShapeError(fmt::format(
        "{}: channels and groups do not fit: {}: weight's axis {} must be {}, and groups must "
        "divide {}",
        op, facts(), transposed ? 0 : 1, transposed ? "c" : "c / groups",
        transposed ? "c" : "c and o"));
  }
  const int64_t o = transposed ? checked_mul(op, sw[1], groups) : sw[0];
  if (bias.defined()) {
    detail::check_same_device(x, bias, op);
    if (bias.shape() != Shape{o}) {
      throw ShapeError(fmt::format("{}: bias {} does not fit {}: it must be ({})", op,
                                   to_string(bias.shape()), facts(), o));
    }
  }
  Shape shape{sx[0], o};
  for (int i = 0; i < axes; ++i) {
    const int64_t kernel = sw[2 + i];
    if (kernel < 1) {
      throw ShapeError(fmt::format(
          "{}: the kernel must be at least {}: {}", op,
          std::string_view("1 x 1 x 1").substr(0, static_cast<size_t>(4 * axes - 3)), facts()));
    }
    const int64_t window = window_of(conv, i, kernel);
    const int64_t margins = 2 * conv.padding[i];
    int64_t padded = 0;
    if (transposed) {
      const int64_t steps = checked_mul(op, sx[2 + i] - 1, conv.stride[i]);
      padded = checked_add(op, checked_add(op, steps, window), conv.output_padding[i]);
      if (sx[2 + i] < 1 || padded - margins < 1) {
        throw ShapeError(fmt::format(
            "{}: nothing is left of the result: {}, stride {}, padding {}, output_padding {}, "
            "dilation {}",
            op, facts(), to_string(conv.stride), to_string(conv.padding),
            to_string(conv.output_padding), to_string(conv.dilation)));
      }
      shape.push_back(padded - margins);
    } else {
      padded = checked_add(op, sx[2 + i], margins);
      if (padded < window) {
        throw ShapeError(
            fmt::format("{}: the kernel does not fit the padded image: {}, padding {}, dilation {}",
                        op, facts(), to_string(conv.padding), to_string(conv.dilation)));
      }
      shape.push_back((padded - window) / conv.stride[i] + 1);
    }
    // Steps longer than the image are never taken.
    conv.stride[i] = std::min(conv.stride[i], padded);
    conv.dilation[i] = std::min(conv.dilation[i], padded);
  }
  return shape;
}

void check_same(const Convolution& conv, const Tensor& x, const Tensor& weight) {
  detail::check_defined(x, conv.op, "x");
  detail::check_defined(weight, conv.op, "weight");
  check_settings(conv);
  if (std::any_of(conv.stride.begin(), conv.stride.end(), [](int64_t s) { return s != 1; })) {
    throw ValueError(fmt::format("{}: padding \"same\" needs a stride of 1: stride {}", conv.op,
                                 to_string(conv.stride)));
  }
  check_ranks(conv, false, x, weight);
}

}  // namespace ct::ops

namespace ct::detail {

bool is_same_padding(const char* word) {
  const std::string_view given(word);
  if (given != "same" && given != "valid") {
    throw ValueError(fmt::format("padding: it is numbers, \"same\" or \"valid\": \"{}\"", given));
  }
  return given == "same";
}

}  // namespace ct::detail
