// Matrix products and the linear layer's kernel call.
#include "customtensor/ops/matmul.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/apply.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

void check_operands(const char* op, const Tensor& a, const Tensor& b) {
  detail::check_defined(a, op, "a");
  detail::check_defined(b, op, "b");
  detail::check_same_device(a, b, op);
  if (a.dtype() != b.dtype()) {
    throw DTypeError(fmt::format("{}: operands are {} {} and {} {}; convert one with .to(dtype)",
                                 op, name(a.dtype()), to_string(a.shape()), name(b.dtype()),
                                 to_string(b.shape())));
  }
}

/// The kernel on operands of at least two axes; leading axes broadcast by zero strides.
Tensor run(const Tensor& a, const Tensor& b, const Tensor& bias) {
  const Shape& sa = detail::impl(a).shape;
  const Shape& sb = detail::impl(b).shape;
  Shape batch_a = sa;
  Shape batch_b = sb;
  batch_a.resize(sa.rank() - 2);
  batch_b.resize(sb.rank() - 2);
  Shape shape = batch_a == batch_b ? batch_a : broadcast_shapes(batch_a, batch_b, "matmul");
  const auto broadcast = [batch = shape](const Tensor& t) {
    const TensorImpl& i = detail::impl(t);
    Shape full = batch;
    full.push_back(i.shape[i.shape.rank() - 2]);
    full.push_back(i.shape.back());
    const Operand o = ops::broadcast_operand(t, full);
    return TensorView{o.buffer, o.offset, o.dtype, full, o.strides};
  };
  MatmulArgs args;
  args.a = broadcast(a);
  args.b = broadcast(b);
  shape.push_back(sa[sa.rank() - 2]);
  shape.push_back(sb.back());
  const Tensor out = detail::make_tensor(shape, a.dtype(), detail::impl(a).backend());
  args.out = detail::view_of(out);
  if (bias.defined()) args.bias = detail::view_of(bias);
  if (detail::impl(out).numel > 0) detail::impl(out).backend().matmul(args);
  return out;
}

/// (batch…, m, k) as (batch · m, k), for products with a matrix that has no batch.
Tensor rows(const Tensor& t) { return t.dim() == 2 ? t : t.reshape({-1, t.shape().back()}); }

Tensor product(const Tensor& a, const Tensor& b) {
  Tensor out = run(a, b, Tensor());
  autograd::record("matmul", {&out}, {&a, &b}, [&](const Recording& r) {
    return [a = r.save_if(r.wanted(1), 0), b = r.save_if(r.wanted(0), 1), sa = a.shape(),
            sb = b.shape()](std::span<const Tensor> g, Gradients& d) {
      if (d.needed(0)) d[0] = sum_to(matmul(g[0], b.get().transpose(-2, -1)), sa);
      if (!d.needed(1)) return;
      if (sb.rank() == 2 && sa.rank() > 2) {
        d[1] = matmul(rows(a.get()).t(), rows(g[0]));  // sums over the batch in the product
      } else {
        d[1] = sum_to(matmul(a.get().transpose(-2, -1), g[0]), sb);
      }
    };
  });
  return out;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check_operands("matmul", a, b);
  const Shape& sa = a.shape();
  const Shape& sb = b.shape();
  if (sa.empty() || sb.empty()) {
    throw ShapeError(fmt::format("matmul: operands need an axis: {} @ {}; multiply numbers with *",
                                 to_string(sa), to_string(sb)));
  }
  const int64_t inner = sb.rank() == 1 ? sb[0] : sb[sb.rank() - 2];
  if (sa.back() != inner) {
    throw ShapeError(fmt::format("matmul: inner dimensions differ: {} @ {} needs {} == {}",
                                 to_string(sa), to_string(sb), sa.back(), inner));
  }
  if (sa.rank() >= 2 && sb.rank() == 2) {
    // One matrix for all rows: a single product without a batch.
    if (sa.rank() == 2) return product(a, b);
    if (a.is_contiguous() && a.numel() > 0) {
      Shape shape = sa;
      shape[sa.rank() - 1] = sb[1];
      return product(rows(a), b).reshape(shape);
    }
  }
  if (sa.rank() >= 2 && sb.rank() >= 2) return product(a, b);
  Tensor out = product(sa.rank() == 1 ? a.unsqueeze(0) : a, sb.rank() == 1 ? b.unsqueeze(1) : b);
  if (sb.rank() == 1) out = out.squeeze(-1);
  if (sa.rank() == 1) out = out.squeeze(sb.rank() == 1 ? -1 : -2);
  return out;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_operands("linear", x, weight);
  const Shape& sx = x.shape();
  const Shape& sw = weight.shape();
  if (sw.rank() != 2 || sx.empty() || sx.back() != sw[1]) {
    throw ShapeError(
        fmt::format("linear: x {} and weight {} do not fit: weight must be (out, in) with in the "
                    "last size of x",
                    to_string(sx), to_string(sw)));
  }
  if (bias.defined()) {
    check_operands("linear", x, bias);
    if (bias.shape() != Shape{sw[0]}) {
      throw ShapeError(fmt::format("linear: bias {} does not fit weight {}: it must be ({})",
                                   to_string(bias.shape()), to_string(sw), sw[0]));
    }
  }
  if (sx.rank() != 2) {
    Shape shape = sx;
    shape[sx.rank() - 1] = sw[0];
    const Tensor flat = x.reshape({numel(sx) == 0 ? 0 : -1, sw[1]});
    return linear(flat, weight, bias).reshape(shape);
  }
  Tensor transposed;
  {
    const NoGradGuard off;
    transposed = weight.t();
  }
  Tensor out = run(x, transposed, bias);
  autograd::record("linear", {&out}, {&x, &weight, &bias}, [&](const Recording& r) {
    return [x = r.save_if(r.wanted(1), 0), w = r.save_if(r.wanted(0), 1)](std::span<const Tensor> g,
                                                                          Gradients& d) {
      if (d.needed(0)) d[0] = matmul(g[0], w.get());
      if (d.needed(1)) d[1] = matmul(g[0].t(), x.get());
      if (d.needed(2)) d[2] = g[0].sum({0});
    };
  });
  return out;
}

Tensor Tensor::matmul(const Tensor& other) const { return ct::matmul(*this, other); }

}  // namespace ct
