// Copies: contiguous, clone, conversion of dtype and device, filling and copying in place.
#include "ops/pointwise/copy.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/device/mapping.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/complex.hpp"
#include "ops/pointwise/in_place.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace ops {

Tensor dense_copy(const Tensor& t, DType dtype) {
  const TensorImpl& i = detail::impl(t);
  Tensor out = detail::make_tensor(i.shape, dtype, i.backend());
  if (i.numel > 0) {
    if (i.contiguous && i.dtype == dtype) {
      const size_t item = item_size(dtype);
      i.kernels().copy(detail::impl(out).buffer(), 0, i.buffer(),
                       static_cast<size_t>(i.offset) * item, static_cast<size_t>(i.numel) * item);
    } else {
      detail::copy_unrecorded(out, t);
    }
  }
  return out;
}

}  // namespace ops

Tensor Tensor::clone() const {
  detail::check_defined(*this, "clone", "self");
  Tensor out = ops::dense_copy(*this, dtype());
  autograd::record("clone", {&out}, {this}, [](const Recording&) {
    return [](std::span<const Tensor> g, Gradients& d) { d[0] = g[0]; };
  });
  return out;
}

Tensor Tensor::contiguous() const { return is_contiguous() ? *this : clone(); }

Tensor Tensor::to(DType to) const {
  detail::check_defined(*this, "to", "self");
  const DType from = dtype();
  if (from == to) return *this;
  if (is_complex(from) && to == bool_) return ct::ne(*this, 0);
  if (is_complex(from) && !is_complex(to)) {
    throw DTypeError(
        fmt::format("to: {} {} has no {} of its own; take ct::real(x), ct::imag(x) or ct::abs(x)",
                    name(from), ct::to_string(shape()), name(to)));
  }
  Tensor out = ops::dense_copy(*this, to);
  if (!is_differentiable(to)) return out;
  autograd::record("to", {&out}, {this}, [from](const Recording&) {
    return [from](std::span<const Tensor> g, Gradients& d) { d[0] = ops::as_gradient(g[0], from); };
  });
  return out;
}

namespace {
/// Bytes from the buffer of one device to another's, in one copy if either shares the host's
/// memory.
void copy_between(const TensorImpl& source, size_t start, const TensorImpl& target, size_t bytes) {
  const Kernels from = source.kernels();
  const Kernels to = target.kernels();
  if (Mapping mapped(source.backend(), source.buffer()); mapped.start() != nullptr) {
    to.copy_from_host(target.buffer(), 0, mapped.start() + start, bytes);
    mapped.end();
  } else if (Mapping there(target.backend(), target.buffer()); there.start() != nullptr) {
    from.copy_to_host(there.start(), source.buffer(), start, bytes);
    there.end();
  } else {
    std::vector<char> through(bytes);
    from.copy_to_host(through.data(), source.buffer(), start, bytes);
    to.copy_from_host(target.buffer(), 0, through.data(), bytes);
  }
}
}  // namespace

Tensor Tensor::to(Device device) const {
  detail::check_defined(*this, "to", "self");
  const Device from = this->device();
  if (from == device) return *this;
  Tensor out = detail::make_tensor(shape(), dtype(), device.backend());
  if (numel() > 0 && detail::has_values(out)) {
    detail::check_has_values(*this, "to", "the tensor");
    const Tensor dense = is_contiguous() ? *this : ops::dense_copy(*this, dtype());
    const TensorImpl& source = detail::impl(dense);
    const size_t item = item_size(source.dtype);
    copy_between(source, static_cast<size_t>(source.offset) * item, detail::impl(out),
                 static_cast<size_t>(source.numel) * item);
  }
  if (!is_differentiable(dtype())) return out;
  autograd::record("to", {&out}, {this}, [from](const Recording&) {
    return [from](std::span<const Tensor> g, Gradients& d) { d[0] = g[0].to(from); };
  });
  return out;
}

Tensor& Tensor::fill_(const Scalar& value) {
  detail::check_defined(*this, "fill_", "self");
  ops::check_in_place("fill", *this, {});
  const bool tracked = autograd::recording({this});
  detail::fill_unrecorded(*this, value);
  detail::impl(*this).bump_version();
  if (tracked) {
    autograd::record("fill", {this}, {this}, [&](const Recording&) {
      return [part = detail::impl(*this).base.defined()](std::span<const Tensor> g, Gradients& d) {
        if (!part) d[0] = zeros_like(g[0]);
      };
    });
    ops::overwritten(*this);
  }
  return *this;
}

Tensor& Tensor::copy_(const Tensor& source) {
  detail::check_defined(*this, "copy_", "self");
  detail::check_defined(source, "copy_", "source");
  ops::check_in_place("copy", *this, {&source});
  ops::check_no_overlap("copy", *this);
  const Shape common = broadcast_shapes(shape(), source.shape(), "copy_");
  if (common != shape()) {
    throw ShapeError(fmt::format("copy_: shape {} does not broadcast to {}",
                                 ct::to_string(source.shape()), ct::to_string(shape())));
  }
  if (is_complex(source.dtype()) && !is_complex(dtype())) {
    throw DTypeError(fmt::format("copy_: {} does not hold the numbers of {} {}; take ct::real(x)",
                                 name(dtype()), name(source.dtype()),
                                 ct::to_string(source.shape())));
  }
  if (detail::has_values(*this)) detail::check_has_values(source, "copy_", "the source");
  Tensor from;
  {
    const NoGradGuard off;
    from = source.to(device());
    if (from.shares_storage(*this)) from = from.clone();
    from = from.expand(shape());
  }
  detail::copy_unrecorded(*this, from);
  detail::impl(*this).bump_version();
  if (!is_differentiable(dtype()) || !autograd::recording({this, &source})) return *this;
  autograd::record("copy", {this}, {this, &source}, [&](const Recording&) {
    return
        [part = detail::impl(*this).base.defined(), shape = source.shape(), dtype = source.dtype(),
         device = source.device()](std::span<const Tensor> g, Gradients& d) {
          if (!part && d.needed(0)) d[0] = zeros_like(g[0]);
          if (d.needed(1)) d[1] = sum_to(ops::as_gradient(g[0], dtype), shape).to(device);
        };
  });
  ops::overwritten(*this);
  return *this;
}

}  // namespace ct
