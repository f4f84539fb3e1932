// See recurrent_scan.hpp. What arrives at a step backward is the gradient of its result plus what
// the step after it sends: the product that makes the latter adds the former as its epilogue.
#include "ops/matmul/recurrent_scan.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <initializer_list>

#include "core/device/kernels.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct::ops {

using ct::detail::impl;

namespace {

// ---- Programs ---------------------------------------------------------------------------------

using Value = PointwiseValue;

Value sigmoid(PointwiseBuilder& b, Value x) { return b.apply(Opcode::sigmoid, x); }
Value tanh(PointwiseBuilder& b, Value x) { return b.apply(Opcode::tanh, x); }
/// y (1 - y) and 1 - y²: derivatives of the two in terms of their results.
Value sigmoid_slope(Value y) { return y - y * y; }
Value tanh_slope(Value y) { return 1.0 - y * y; }

/// `keep`: the gates are results too.
ProgramPtr make_lstm_step(bool keep) {
  PointwiseBuilder b("lstm_step", 5);
  const Value i = sigmoid(b, b.input(0)), f = sigmoid(b, b.input(1)), g = tanh(b, b.input(2)),
              o = sigmoid(b, b.input(3));
  const Value c = f * b.input(4) + i * g;
  b.output(o * tanh(b, c));
  b.output(c);
  if (keep) {
    for (const Value gate : {i, f, g, o}) b.output(gate);
  }
  return b.build();
}
const ProgramPtr& lstm_keep_program() {
  static const ProgramPtr program = make_lstm_step(true);
  return program;
}

/// (i, f, g, o, c before, c, gradients of h and c, gradient of the result c before) -> gradients
/// of the gates before their functions, and of c before.
const ProgramPtr& lstm_backward_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("lstm_step_backward", 9);
    const Value i = b.input(0), f = b.input(1), g = b.input(2), o = b.input(3);
    const Value t = tanh(b, b.input(5)), dh = b.input(6);
    const Value dc = b.input(7) + dh * o * tanh_slope(t);
    b.output(dc * g * sigmoid_slope(i));
    b.output(dc * b.input(4) * sigmoid_slope(f));
    b.output(dc * i * tanh_slope(g));
    b.output(dh * t * sigmoid_slope(o));
    b.output(dc * f + b.input(8));
    return b.build();
  }();
  return program;
}

ProgramPtr make_gru_step(bool keep) {
  PointwiseBuilder b("gru_step", 7);
  const Value r = sigmoid(b, b.input(0) + b.input(3)), z = sigmoid(b, b.input(1) + b.input(4));
  const Value n = tanh(b, b.input(2) + r * b.input(5));
  b.output(n + z * (b.input(6) - n));
  if (keep) {
    for (const Value gate : {r, z, n}) b.output(gate);
  }
  return b.build();
}
const ProgramPtr& gru_keep_program() {
  static const ProgramPtr program = make_gru_step(true);
  return program;
}

/// (r, z, h part of n, n, h before, gradient of h, gradient of the result h before) -> gradients of
/// the x parts, of the h parts, and of h before but for what its product sends.
const ProgramPtr& gru_backward_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("gru_step_backward", 7);
    const Value r = b.input(0), z = b.input(1), n = b.input(3), dh = b.input(5);
    const Value dn = dh * (1.0 - z) * tanh_slope(n);
    const Value dr = dn * b.input(2) * sigmoid_slope(r);
    const Value dz = dh * (b.input(4) - n) * sigmoid_slope(z);
    for (const Value d : {dr, dz, dn, dr, dz, dn * r}) b.output(d);
    b.output(dh * z + b.input(6));
    return b.build();
  }();
  return program;
}

/// act(h part + x part): what the product of a plain step does with its result.
const ProgramPtr& rnn_program(bool relu) {
  static const std::array<ProgramPtr, 2> programs = [] {
    const auto make = [](Opcode op) {
      return make_program("rnn_step", 2, 0,
                          [op](auto& b) { return b.apply(op, b.input(0) + b.input(1)); });
    };
    return std::array{make(Opcode::tanh), make(Opcode::relu)};
  }();
  return programs[relu ? 1 : 0];
}
/// (h, its gradient) -> the gradient before the function.
const ProgramPtr& rnn_backward_program(bool relu) {
  static const std::array<ProgramPtr, 2> programs{
      make_program("rnn_tanh_backward", 2, 0,
                   [](auto& b) { return b.input(1) * tanh_slope(b.input(0)); }),
      make_program("rnn_relu_backward", 2, 0, [](auto& b) {
        return b.apply(Opcode::select, b.apply(Opcode::gt, b.input(0), b.constant(0)), b.input(1),
                       b.constant(0));
      })};
  return programs[relu ? 1 : 0];
}

// ---- Views ------------------------------------------------------------------------------------

/// Rows `row` … of a matrix, and of these `width` columns from `column`.
TensorView part(const Tensor& t, int64_t row, int64_t count, int64_t column, int64_t width) {
  TensorView view = ct::detail::view_of(t);
  view.offset += row * view.strides[0] + column * view.strides[1];
  view.shape = {count, width};
  return view;
}
TensorView rows(const Tensor& t, int64_t row, int64_t count) {
  return part(t, row, count, 0, t.size(1));
}
TensorView transposed(const Tensor& t) {
  TensorView view = ct::detail::view_of(t);
  std::swap(view.shape[0], view.shape[1]);
  std::swap(view.strides[0], view.strides[1]);
  return view;
}

/// Calls of kernels on parts of matrices.
class Calls {
 public:
  explicit Calls(const Tensor& like)
      : kernels_(impl(like).kernels()),
        compute_(compute_type(like.dtype())),
        zero_(ct::detail::make_tensor({1, 1}, like.dtype(), impl(like).backend())) {
    ct::detail::fill_unrecorded(zero_, 0);
  }
  /// Zeros of any shape.
  TensorView zeros(const Shape& shape) const {
    TensorView view = ct::detail::view_of(zero_);
    view.shape = shape;
    view.strides = {0, 0};
    return view;
  }
  void pointwise(const ProgramPtr& program, std::initializer_list<TensorView> inputs,
                 std::initializer_list<TensorView> outputs) const {
    std::array<Operand, kMost> in, out;
    const auto operands = [](std::initializer_list<TensorView> views, auto& to) {
      assert(views.size() <= kMost);
      size_t count = 0;
      for (const TensorView& v : views) to[count++] = {v.buffer, v.offset, v.dtype, v.strides};
      return std::span<const Operand>(to.data(), count);
    };
    kernels_.pointwise({.program = program.get(),
                        .compute = compute_,
                        .shape = inputs.begin()->shape,
                        .inputs = operands(inputs, in),
                        .outputs = operands(outputs, out),
                        .scalars = {},
                        .random = {}});
  }
  void matmul(const TensorView& a, const TensorView& b, const TensorView& out,
              const Tensor& bias) const {
    kernels_.matmul({.a = a,
                     .b = b,
                     .out = out,
                     .bias = bias.defined() ? ct::detail::view_of(bias) : TensorView(),
                     .epilogue = {}});
  }
  /// program(a @ b, with)
  void matmul(const TensorView& a, const TensorView& b, const TensorView& out,
              const ProgramPtr& program, const TensorView& with) const {
    kernels_.matmul({.a = a,
                     .b = b,
                     .out = out,
                     .bias = {},
                     .epilogue = {program.get(), std::span(&with, 1), {}}});
  }

 private:
  static constexpr size_t kMost = 9;
  Kernels kernels_;
  DType compute_;
  Tensor zero_;
};

Tensor make(const Tensor& like, int64_t rows, int64_t columns) {
  return ct::detail::make_tensor({rows, columns}, like.dtype(), impl(like).backend());
}

int64_t largest(const std::vector<ScanPiece>& pieces) {
  int64_t count = 0;
  for (const ScanPiece& p : pieces) count = std::max(count, p.count);
  return count;
}

/// The state before each step, (rows, …): of `before` (all steps' states) and of `start`.
Tensor previous(const Tensor& before, const Tensor& start, const std::vector<ScanPiece>& pieces) {
  std::vector<ScanPiece> ordered = pieces;
  std::sort(ordered.begin(), ordered.end(), [](auto& a, auto& b) { return a.row < b.row; });
  Tensors parts;
  for (size_t i = 0; i < ordered.size(); ++i) {
    ScanPiece p = ordered[i];
    // Steps of equal size lie side by side: their states before them do as well.
    while (!p.from_start && i + 1 < ordered.size() && !ordered[i + 1].from_start &&
           ordered[i + 1].from == p.from + p.count) {
      p.count += ordered[++i].count;
    }
    parts.push_back((p.from_start ? start : before).narrow(0, p.from, p.count));
  }
  return parts.empty() ? before : cat(parts);
}

}  // namespace

const ProgramPtr& lstm_step_program() {
  static const ProgramPtr program = make_lstm_step(false);
  return program;
}
const ProgramPtr& gru_step_program() {
  static const ProgramPtr program = make_gru_step(false);
  return program;
}

std::vector<ScanPiece> scan_pieces(const std::vector<int64_t>& sizes, bool reverse) {
  const size_t steps = sizes.size();
  std::vector<int64_t> first(steps, 0);
  for (size_t t = 1; t < steps; ++t) first[t] = first[t - 1] + sizes[t - 1];
  std::vector<ScanPiece> pieces;
  int64_t before = 0, before_first = 0;  // rows of the step that was computed last
  for (size_t s = 0; s < steps; ++s) {
    const size_t t = reverse ? steps - 1 - s : s;
    const int64_t common = std::min(before, sizes[t]);
    if (common > 0) pieces.push_back({first[t], common, before_first, false});
    if (sizes[t] > common) pieces.push_back({first[t] + common, sizes[t] - common, common, true});
    before = sizes[t];
    before_first = first[t];
  }
  return pieces;
}

int64_t ScanInputs::hidden() const {
  if (c0.defined()) return c0.size(1);
  return h0.size(1);
}

ScanOutputs scan_forward(const ScanInputs& in, const std::vector<ScanPiece>& pieces, bool keep) {
  const NoGradGuard off;
  const int64_t n = in.gx.size(0), h = in.hidden(), most = largest(pieces);
  const bool lstm = in.kind == RecurrentKind::lstm, gru = in.kind == RecurrentKind::gru;
  const bool projected = in.weight_hr.defined();
  ScanOutputs out;
  out.y = make(in.gx, n, in.h0.size(1));
  if (lstm) out.c = make(in.gx, n, h);
  if (lstm || gru) out.gates = make(in.gx, keep ? n : most, 4 * h);
  if (projected) out.raw = make(in.gx, keep ? n : most, h);
  const Calls calls(in.gx);
  const TensorView weight = transposed(in.weight_hh);
  for (const ScanPiece& p : pieces) {
    // Not bound by their names: clang 14's lambdas cannot capture such.
    const int64_t row = p.row, count = p.count, from = p.from;
    const bool from_start = p.from_start;
    const int64_t kept = keep ? row : 0;
    const auto gate = [&](int64_t i) { return part(out.gates, kept, count, i * h, h); };
    const auto x = [&](int64_t i) { return part(in.gx, row, count, i * h, h); };
    const TensorView before = rows(from_start ? in.h0 : out.y, from, count);
    const TensorView y = rows(out.y, row, count);
    if (lstm) {
      calls.matmul(before, weight, rows(out.gates, kept, count), program_of(Opcode::add),
                   rows(in.gx, row, count));
      const TensorView result = projected ? rows(out.raw, kept, count) : y;
      const TensorView c = rows(from_start ? in.c0 : out.c, from, count);
      if (keep) {
        calls.pointwise(lstm_keep_program(), {gate(0), gate(1), gate(2), gate(3), c},
                        {result, rows(out.c, row, count), gate(0), gate(1), gate(2), gate(3)});
      } else {
        calls.pointwise(lstm_step_program(), {gate(0), gate(1), gate(2), gate(3), c},
                        {result, rows(out.c, row, count)});
      }
      if (projected) calls.matmul(result, transposed(in.weight_hr), y, Tensor());
    } else if (gru) {
      calls.matmul(before, weight, part(out.gates, kept, count, 0, 3 * h), in.bias);
      if (keep) {
        calls.pointwise(gru_keep_program(), {x(0), x(1), x(2), gate(0), gate(1), gate(2), before},
                        {y, gate(0), gate(1), gate(3)});
      } else {
        calls.pointwise(gru_step_program(), {x(0), x(1), x(2), gate(0), gate(1), gate(2), before},
                        {y});
      }
    } else {
      calls.matmul(before, weight, y, rnn_program(in.kind == RecurrentKind::rnn_relu),
                   rows(in.gx, row, count));
    }
  }
  return out;
}

ScanGradients scan_backward(const ScanInputs& in, const std::vector<ScanPiece>& pieces,
                            const ScanOutputs& out, const Tensor& gy, const Tensor& gc) {
  const NoGradGuard off;
  const int64_t n = in.gx.size(0), h = in.hidden(), outputs = in.h0.size(1), most = largest(pieces);
  const bool lstm = in.kind == RecurrentKind::lstm, gru = in.kind == RecurrentKind::gru;
  const bool projected = in.weight_hr.defined();
  const auto begun = [&](const Tensor& g, int64_t width) {
    Tensor d = make(in.gx, n, width);
    if (g.defined()) {
      ct::detail::copy_unrecorded(d, g);
    } else {
      ct::detail::fill_unrecorded(d, 0);
    }
    return d;
  };
  ScanGradients d;
  d.gx = make(in.gx, n, in.gx.size(1));
  d.h0 = make(in.gx, in.h0.size(0), outputs);
  const Tensor dh = begun(gy, outputs);  // complete when the steps behind have been
  const Tensor dc = lstm ? begun(gc, h) : Tensor();
  if (lstm) d.c0 = make(in.gx, in.c0.size(0), h);
  const Tensor dgh = gru ? make(in.gx, n, 3 * h) : d.gx;  // of the h parts
  const Tensor carried = gru ? make(in.gx, most, h) : Tensor();
  const Tensor draw = projected ? make(in.gx, most, h) : Tensor();
  const Calls calls(in.gx);
  const TensorView weight = ct::detail::view_of(in.weight_hh);
  for (size_t i = pieces.size(); i-- > 0;) {
    const ScanPiece& p = pieces[i];
    const int64_t row = p.row, count = p.count, from = p.from;
    const bool from_start = p.from_start;
    const int64_t at = row, size = count;
    const auto gate = [&](int64_t g) { return part(out.gates, at, size, g * h, h); };
    const auto dx = [&](int64_t g) { return part(d.gx, at, size, g * h, h); };
    const TensorView arrived = rows(dh, row, count);
    // What the result before this one is given by others.
    const auto others = [&](const Tensor& g, int64_t width) {
      return from_start || !g.defined() ? calls.zeros({count, width}) : rows(g, from, count);
    };
    TensorView added = others(gy, outputs);
    if (lstm) {
      TensorView of_result = arrived;
      if (projected) {
        of_result = rows(draw, 0, count);
        calls.matmul(arrived, ct::detail::view_of(in.weight_hr), of_result, Tensor());
      }
      calls.pointwise(
          lstm_backward_program(),
          {gate(0), gate(1), gate(2), gate(3), rows(from_start ? in.c0 : out.c, from, count),
           rows(out.c, row, count), of_result, rows(dc, row, count), others(gc, h)},
          {dx(0), dx(1), dx(2), dx(3), rows(from_start ? d.c0 : dc, from, count)});
    } else if (gru) {
      const auto dpart = [&](int64_t g) { return part(dgh, at, size, g * h, h); };
      const TensorView carry = rows(carried, 0, count);
      calls.pointwise(gru_backward_program(),
                      {gate(0), gate(1), gate(2), gate(3),
                       rows(from_start ? in.h0 : out.y, from, count), arrived, added},
                      {dx(0), dx(1), dx(2), dpart(0), dpart(1), dpart(2), carry});
      added = carry;
    } else {
      calls.pointwise(rnn_backward_program(in.kind == RecurrentKind::rnn_relu),
                      {rows(out.y, row, count), arrived}, {dx(0)});
    }
    calls.matmul(rows(dgh, row, count), weight, rows(from_start ? d.h0 : dh, from, count),
                 program_of(Opcode::add), added);
  }
  d.weight_hh = matmul(dgh.t(), previous(out.y, in.h0, pieces));
  if (in.bias.defined()) d.bias = dgh.sum({0});
  if (projected) d.weight_hr = matmul(dh.t(), out.raw);
  return d;
}

}  // namespace ct::ops
