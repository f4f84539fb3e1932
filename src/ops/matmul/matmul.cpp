// Matrix and vector products: all of them reach the one kernel call in run().
#include "customtensor/ops/matmul.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/complex.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/shape/leading.hpp"

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

const ProgramPtr& sum_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("addmm", 2, 2);
    b.output(b.input(1) * b.scalar(0) + b.input(0) * b.scalar(1));
    return b.build();
  }();
  return program;
}

/// beta input + alpha result, on the product's tile.
struct Sum {
  const Tensor* input;
  Scalar beta, alpha;
};

/// The kernel on operands of at least two axes; leading axes broadcast by zero strides.
Tensor run(const Tensor& a, const Tensor& b, const Tensor& bias, const Sum* sum = nullptr) {
  const Shape& sa = detail::impl(a).shape;
  const Shape& sb = detail::impl(b).shape;
  Shape shape = ops::broadcast_leading(sa, sb, "matmul");
  const auto expanded = [](const Tensor& t, const Shape& full) {
    const Operand o = ops::broadcast_operand(t, full);
    return TensorView{o.buffer, o.offset, o.dtype, full, o.strides};
  };
  const auto broadcast = [batch = shape, &expanded](const Tensor& t) {
    const TensorImpl& i = detail::impl(t);
    Shape full = batch;
    full.push_back(i.shape[i.shape.rank() - 2]);
    full.push_back(i.shape.back());
    return expanded(t, full);
  };
  MatmulArgs args;
  args.a = broadcast(a);
  args.b = broadcast(b);
  shape.push_back(sa[sa.rank() - 2]);
  shape.push_back(sb.back());
  Tensor out = detail::make_tensor(shape, a.dtype(), detail::impl(a).backend());
  args.out = detail::view_of(out);
  if (bias.defined()) args.bias = detail::view_of(bias);
  TensorView added;
  std::array<Scalar, 2> factors;
  if (sum != nullptr) {
    added = expanded(*sum->input, shape);
    factors = {sum->beta, sum->alpha};
    args.epilogue = {sum_program().get(), {&added, 1}, factors};
  }
  if (detail::impl(out).numel > 0) detail::impl(out).kernels().matmul(args);
  return out;
}

/// (batch…, m, k) as (batch · m, k), for products with a matrix that has no batch.
Tensor rows(const Tensor& t) { return t.dim() == 2 ? t : t.reshape({-1, t.shape().back()}); }

Tensor product(const Tensor& a, const Tensor& b) {
  if (is_complex(a.dtype())) {
    const Tensor ar = real(a), ai = imag(a), br = real(b), bi = imag(b);
    return complex(product(ar, br) - product(ai, bi), product(ar, bi) + product(ai, br));
  }
  Tensor out = run(a, b, Tensor());
  autograd::record("matmul", {&out}, {&a, &b}, [&](const Recording& r) {
    return [a = r.save_if(r.wanted(1), 0), b = r.save_if(r.wanted(0), 1), sa = a.shape(),
            sb = b.shape()](std::span<const Tensor> g, Gradients& d) {
      // x @ y, summed to `shape` over what was broadcast; wide until then.
      const auto summed = [&g](const Tensor& x, const Tensor& y, const Shape& shape) {
        const Shape& all = g[0].shape();
        const bool whole =
            all.rank() == shape.rank() && std::equal(shape.begin(), shape.end() - 2, all.begin());
        return whole ? matmul(x, y) : sum_to(matmul(ops::wide(x), ops::wide(y)), shape);
      };
      if (d.needed(0)) d[0] = summed(g[0], b.get().transpose(-2, -1), sa);
      if (!d.needed(1)) return;
      if (sb.rank() == 2 && sa.rank() > 2) {
        d[1] = matmul(rows(a.get()).t(), rows(g[0]));  // sums over the batch in the product
      } else {
        d[1] = summed(a.get().transpose(-2, -1), g[0], sb);
      }
    };
  });
  return out;
}

void check_rank(const char* op, const char* argument, const Tensor& t, int64_t rank) {
  if (t.dim() == rank) return;
  constexpr const char* kKinds[] = {"", "a vector", "a matrix", "a batch of matrices"};
  throw ShapeError(fmt::format("{}: {} has shape {}: it must be {} ({} axes)", op, argument,
                               to_string(t.shape()), kKinds[rank], rank));
}

/// Product of operands of exactly these ranks.
Tensor strict(const char* op, const Tensor& a, int64_t rank_a, const Tensor& b, int64_t rank_b) {
  check_operands(op, a, b);
  check_rank(op, "a", a, rank_a);
  check_rank(op, "b", b, rank_b);
  const int64_t inner = b.size(rank_b == 1 ? 0 : -2);
  const bool batches = rank_a < 3 || a.size(0) == b.size(0);
  if (a.size(-1) != inner || !batches) {
    throw ShapeError(fmt::format(
        "{}: sizes do not fit: {} and {} need {}", op, to_string(a.shape()), to_string(b.shape()),
        !batches ? fmt::format("equal batches, {} == {}", a.size(0), b.size(0))
                 : fmt::format("{} == {}", a.size(-1), inner)));
  }
  return matmul(a, b);
}

bool is_zero(const Scalar& s) { return s.to<double>() == 0.0; }
bool is_one(const Scalar& s) { return s.to<double>() == 1.0; }
/// factor * a @ b, wide unless the factor is 1.
Tensor scaled_product(const Tensor& a, const Tensor& b, const Scalar& factor) {
  return is_one(factor) ? matmul(a, b) : matmul(ops::wide(a), ops::wide(b)) * factor;
}

Tensor sum_and_product(const char* op, int64_t rank, const Tensor& input, const Tensor& a,
                       const Tensor& b, const Scalar& beta, const Scalar& alpha) {
  check_operands(op, a, b);
  check_operands(op, input, a);
  check_rank(op, "a", a, rank);
  check_rank(op, "b", b, rank);
  Shape shape = a.shape();
  shape[shape.rank() - 1] = b.size(-1);
  if (a.size(-1) != b.size(-2) || (rank == 3 && a.size(0) != b.size(0)) || input.dim() > rank ||
      broadcast_shapes(input.shape(), shape, op) != shape) {
    throw ShapeError(
        fmt::format("{}: input {}, a {} and b {} do not fit: a @ b is needed, and input "
                    "must broadcast to it",
                    op, to_string(input.shape()), to_string(a.shape()), to_string(b.shape())));
  }
  if (!is_floating(a.dtype()) && (beta.is_floating() || alpha.is_floating())) {
    throw DTypeError(fmt::format("{}: the operands are {}: beta and alpha must be whole numbers",
                                 op, name(a.dtype())));
  }
  // 0 * NaN is NaN: an input that does not count is not read.
  if (is_zero(beta)) return scaled_product(a, b, alpha).to(a.dtype());
  const Sum sum{&input, beta, alpha};
  Tensor out = run(a, b, Tensor(), &sum);
  autograd::record(op, {&out}, {&input, &a, &b}, [&](const Recording& r) {
    return [a = r.save_if(r.wanted(2), 1), b = r.save_if(r.wanted(1), 2), shape = input.shape(),
            beta, alpha](std::span<const Tensor> g, Gradients& d) {
      if (d.needed(0)) {
        d[0] = is_one(beta) ? sum_to(g[0], shape) : sum_to(ops::wide(g[0]), shape) * beta;
      }
      if (d.needed(1)) d[1] = scaled_product(g[0], b.get().transpose(-2, -1), alpha);
      if (d.needed(2)) d[2] = scaled_product(a.get().transpose(-2, -1), g[0], alpha);
    };
  });
  return out;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  if (const ops::Autocast cast{"matmul"}) return matmul(cast(a), cast(b));
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

Tensor mm(const Tensor& a, const Tensor& b) {
  if (const ops::Autocast cast{"mm"}) return mm(cast(a), cast(b));
  return strict("mm", a, 2, b, 2);
}
Tensor bmm(const Tensor& a, const Tensor& b) {
  if (const ops::Autocast cast{"bmm"}) return bmm(cast(a), cast(b));
  return strict("bmm", a, 3, b, 3);
}
Tensor mv(const Tensor& a, const Tensor& x) {
  if (const ops::Autocast cast{"mv"}) return mv(cast(a), cast(x));
  return strict("mv", a, 2, x, 1);
}
Tensor dot(const Tensor& a, const Tensor& b) {
  if (const ops::Autocast cast{"dot", {&a, &b}}) return dot(cast(a), cast(b));
  return strict("dot", a, 1, b, 1);
}

Tensor outer(const Tensor& a, const Tensor& b) {
  detail::check_defined(a, "outer", "a");
  detail::check_defined(b, "outer", "b");
  check_rank("outer", "a", a, 1);
  check_rank("outer", "b", b, 1);
  return a.unsqueeze(1) * b;
}

Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, const Scalar& beta,
             const Scalar& alpha) {
  if (const ops::Autocast cast{"addmm"}) {
    return addmm(cast(input), cast(a), cast(b), beta, alpha);
  }
  return sum_and_product("addmm", 2, input, a, b, beta, alpha);
}
Tensor baddbmm(const Tensor& input, const Tensor& a, const Tensor& b, const Scalar& beta,
               const Scalar& alpha) {
  if (const ops::Autocast cast{"baddbmm"}) {
    return baddbmm(cast(input), cast(a), cast(b), beta, alpha);
  }
  return sum_and_product("baddbmm", 3, input, a, b, beta, alpha);
}

Tensor trace(const Tensor& x) {
  if (const ops::Autocast cast{"trace"}) return trace(cast(x));
  detail::check_defined(x, "trace", "x");
  check_rank("trace", "x", x, 2);
  return x.diagonal().sum();
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (const ops::Autocast cast{"linear"}) return linear(cast(x), cast(weight), cast(bias));
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
Tensor Tensor::mm(const Tensor& other) const { return ct::mm(*this, other); }
Tensor Tensor::bmm(const Tensor& other) const { return ct::bmm(*this, other); }
Tensor Tensor::mv(const Tensor& vector) const { return ct::mv(*this, vector); }
Tensor Tensor::dot(const Tensor& other) const { return ct::dot(*this, other); }
Tensor Tensor::outer(const Tensor& other) const { return ct::outer(*this, other); }
Tensor Tensor::trace() const { return ct::trace(*this); }

}  // namespace ct
