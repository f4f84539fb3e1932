// Recurrent layers: checks, the tape and the composed form; the loop over steps is in
// recurrent_scan.cpp. A layer is the product of all steps' inputs, an op like any other, and the
// loop, one op on the tape. Under create_graph its backward is the gradient of the composed form,
// steps of public ops.
#include "customtensor/ops/recurrent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "autograd/record.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/matmul/recurrent_scan.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using ops::ScanInputs;
using ops::ScanOutputs;
using ops::ScanPiece;

namespace {

/// Parts of the weights: G.
int64_t gates_of(RecurrentKind kind) {
  return kind == RecurrentKind::lstm ? 4 : kind == RecurrentKind::gru ? 3 : 1;
}

// ---- Checks -----------------------------------------------------------------------------------

/// All tensors of a call, with names; undefined ones are left out.
struct Argument {
  const char* name;
  const Tensor& tensor;
};

void check_kinds(const char* op, const Tensor& x, std::span<const Argument> all) {
  for (const auto& [name, t] : all) {
    if (!t.defined()) continue;
    detail::check_same_device(x, t, op);
    if (!is_floating(x.dtype()) || t.dtype() != x.dtype()) {
      throw DTypeError(fmt::format(
          "{}: x is {} and {} is {}: they must be of one floating dtype; convert with .to(dtype)",
          op, ct::name(x.dtype()), name, ct::name(t.dtype())));
    }
  }
}

void check_shape(const char* op, const char* name, const Tensor& t, const Shape& expected) {
  if (!t.defined() || t.shape() == expected) return;
  throw ShapeError(fmt::format("{}: {} {} does not fit: it must be {}", op, name,
                               to_string(t.shape()), to_string(expected)));
}

/// What the weights and the kind make of the sizes.
struct Sizes {
  int64_t hidden, output;
};

/// Everything but the steps; `x` has its features last.
Sizes check_layer(const char* op, RecurrentKind kind, const Tensor& x, const Tensor& h0,
                  const Tensor& c0, const RecurrentWeights& w) {
  detail::check_defined(x, op, "x");
  detail::check_defined(w.weight_ih, op, "weight_ih");
  detail::check_defined(w.weight_hh, op, "weight_hh");
  const std::array<Argument, 7> all{{{"weight_ih", w.weight_ih},
                                     {"weight_hh", w.weight_hh},
                                     {"bias_ih", w.bias_ih},
                                     {"bias_hh", w.bias_hh},
                                     {"weight_hr", w.weight_hr},
                                     {"h0", h0},
                                     {"c0", c0}}};
  check_kinds(op, x, all);
  const bool lstm = kind == RecurrentKind::lstm;
  if (!lstm && (c0.defined() || w.weight_hr.defined())) {
    throw ValueError(fmt::format("{}: {} is of lstm alone: the kind is another", op,
                                 c0.defined() ? "c0" : "weight_hr"));
  }
  if (w.bias_ih.defined() != w.bias_hh.defined()) {
    throw ValueError(fmt::format("{}: one bias is missing: {} is not defined, the other is", op,
                                 w.bias_ih.defined() ? "bias_hh" : "bias_ih"));
  }
  const int64_t gates = gates_of(kind);
  const Shape& ih = w.weight_ih.shape();
  if (ih.rank() != 2 || ih[0] % gates != 0 || ih[1] != x.size(-1)) {
    throw ShapeError(fmt::format(
        "{}: x {} and weight_ih {} do not fit: it must be ({} H, I), I the last size of x", op,
        to_string(x.shape()), to_string(ih), gates));
  }
  const int64_t hidden = ih[0] / gates;
  if (w.weight_hr.defined() && w.weight_hr.dim() != 2) {
    check_shape(op, "weight_hr", w.weight_hr, {w.weight_hh.size(-1), hidden});
  }
  const int64_t output = w.weight_hr.defined() ? w.weight_hr.size(0) : hidden;
  check_shape(op, "weight_hr", w.weight_hr, {output, hidden});
  check_shape(op, "weight_hh", w.weight_hh, {ih[0], output});
  check_shape(op, "bias_ih", w.bias_ih, {ih[0]});
  check_shape(op, "bias_hh", w.bias_hh, {ih[0]});
  return {hidden, output};
}

void check_batch_sizes(const char* op, const std::vector<int64_t>& sizes, int64_t rows) {
  int64_t sum = 0;
  for (size_t t = 0; t < sizes.size(); ++t) {
    if (sizes[t] < 1 || (t > 0 && sizes[t] > sizes[t - 1])) {
      throw ValueError(fmt::format("{}: batch_sizes must be at least 1 and not grow: {} at step {}",
                                   op, sizes[t], t));
    }
    sum = checked_add(op, sum, sizes[t]);
  }
  if (sum != rows) {
    throw ValueError(fmt::format("{}: batch_sizes come to {} rows: x has {}", op, sum, rows));
  }
}

// ---- The composed form --------------------------------------------------------------------------

/// A step of public ops on (x part, h, c): h and c.
std::pair<Tensor, Tensor> composed_step(const ScanInputs& in, const Tensor& gx, const Tensor& h,
                                        const Tensor& c) {
  const Tensor gh = linear(h, in.weight_hh, in.bias);
  if (in.kind == RecurrentKind::rnn_tanh) return {tanh(gx + gh), Tensor()};
  if (in.kind == RecurrentKind::rnn_relu) return {relu(gx + gh), Tensor()};
  if (in.kind == RecurrentKind::gru) {
    Tensors parts = chunk(gx, 3, -1);
    for (const Tensor& part : chunk(gh, 3, -1)) parts.push_back(part);
    parts.push_back(h);
    return {pointwise(ops::gru_step_program(), parts)[0], Tensor()};
  }
  Tensors parts = chunk(gx + gh, 4, -1);
  parts.push_back(c);
  const Tensors results = pointwise(ops::lstm_step_program(), parts);
  const bool projected = in.weight_hr.defined();
  return {projected ? linear(results[0], in.weight_hr) : results[0], results[1]};
}

/// y and c of every row, recorded.
std::pair<Tensor, Tensor> composed(const ScanInputs& in, const std::vector<ScanPiece>& pieces) {
  // Pieces come in the order of steps, and stand in the result by their rows.
  std::vector<std::pair<Tensor, Tensor>> done(pieces.size());
  std::vector<size_t> order(pieces.size());
  for (size_t i = 0; i < pieces.size(); ++i) {
    const ScanPiece& p = pieces[i];
    Tensor h = in.h0, c = in.c0;
    int64_t from = p.from;
    if (!p.from_start) {
      // The step before: one piece, or two side by side.
      size_t first = i;
      while (pieces[first].row != p.from) --first;
      Tensors hs{done[first].first}, cs{done[first].second};
      if (pieces[first].count < p.count) {
        hs.push_back(done[first + 1].first);
        cs.push_back(done[first + 1].second);
      }
      h = hs.size() == 1 ? hs[0] : cat(hs);
      if (c.defined()) c = cs.size() == 1 ? cs[0] : cat(cs);
      from = 0;
    }
    done[i] = composed_step(in, in.gx.narrow(0, p.row, p.count), h.narrow(0, from, p.count),
                            c.defined() ? c.narrow(0, from, p.count) : c);
    order[i] = i;
  }
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return pieces[a].row < pieces[b].row; });
  Tensors ys, cs;
  for (const size_t i : order) {
    ys.push_back(done[i].first);
    if (in.c0.defined()) cs.push_back(done[i].second);
  }
  return {cat(ys), cs.empty() ? Tensor() : cat(cs)};
}

// ---- The tape -----------------------------------------------------------------------------------

constexpr int kInputs = 6;
/// The tensors of the loop, in the order of its gradients.
std::array<Tensor*, kInputs> tensors_of(ScanInputs& in) {
  return {&in.gx, &in.h0, &in.c0, &in.weight_hh, &in.bias, &in.weight_hr};
}

/// Gradients that are recorded. The inputs are seen through views, so that a gradient does not
/// follow what one of them has to do with another.
void recorded_backward(ScanInputs in, const std::vector<ScanPiece>& pieces,
                       std::span<const Tensor> g, Gradients& d) {
  if (pieces.empty()) return;  // no sequences: all gradients are 0
  Tensors wanted;
  std::array<int, kInputs> place{};
  const auto tensors = tensors_of(in);
  for (int i = 0; i < kInputs; ++i) {
    Tensor& t = *tensors[static_cast<size_t>(i)];
    if (!d.needed(i)) continue;
    t = t.unsqueeze(0).squeeze(0);
    place[static_cast<size_t>(i)] = static_cast<int>(wanted.size());
    wanted.push_back(t);
  }
  const auto [y, c] = composed(in, pieces);
  BackwardOptions options{.create_graph = true, .allow_unused = true};
  Tensors roots;
  if (g[0].defined()) {
    roots.push_back(y);
    options.gradients.push_back(g[0]);
  }
  if (g.size() > 1 && g[1].defined()) {
    roots.push_back(c);
    options.gradients.push_back(g[1]);
  }
  const Tensors found = grad(roots, wanted, options);
  for (int i = 0; i < kInputs; ++i) {
    if (d.needed(i)) d[i] = found[static_cast<size_t>(place[static_cast<size_t>(i)])];
  }
}

/// The loop, one op: y and c.
std::pair<Tensor, Tensor> scan(const char* op, ScanInputs in,
                               const std::vector<ScanPiece>& pieces) {
  in.gx = in.gx.contiguous();
  const std::array<const Tensor*, kInputs> inputs{&in.gx,        &in.h0,   &in.c0,
                                                  &in.weight_hh, &in.bias, &in.weight_hr};
  const bool keep = autograd::recording(inputs);
  ScanOutputs out = ops::scan_forward(in, pieces, keep);
  if (!keep) return {out.y, out.c};
  const auto make = [&](const Recording& r) {
    return [kind = in.kind, pieces, gx = r.save(0), h0 = r.save(1),
            c0 = r.save_if(in.c0.defined(), 2), weight = r.save(3),
            bias = r.save_if(in.bias.defined(), 4), hr = r.save_if(in.weight_hr.defined(), 5),
            y = r.save_output(0), c = in.c0.defined() ? r.save_output(1) : autograd::SavedTensor(),
            gates = out.gates.defined() ? r.save_extra(out.gates) : autograd::SavedTensor(),
            raw = out.raw.defined() ? r.save_extra(out.raw) : autograd::SavedTensor()](
               std::span<const Tensor> g, Gradients& d) {
      const ScanInputs in{kind, gx.get(), h0.get(), c0.get(), weight.get(), bias.get(), hr.get()};
      if (grad_enabled()) {
        recorded_backward(in, pieces, g, d);
        return;
      }
      const ScanOutputs out{y.get(), c.get(), gates.get(), raw.get()};
      const auto found = ops::scan_backward(in, pieces, out, g[0], g.size() > 1 ? g[1] : Tensor());
      const std::array<const Tensor*, kInputs> all{&found.gx,        &found.h0,   &found.c0,
                                                   &found.weight_hh, &found.bias, &found.weight_hr};
      for (int i = 0; i < kInputs; ++i) {
        if (d.needed(i)) d[i] = *all[static_cast<size_t>(i)];
      }
    };
  };
  if (out.c.defined()) {
    autograd::record(op, {&out.y, &out.c}, inputs, make);
  } else {
    autograd::record(op, {&out.y}, inputs, make);
  }
  return {out.y, out.c};
}

/// Each sequence's last result: rows of `all`, in the order of the sequences.
Tensor last_of(const Tensor& all, const std::vector<int64_t>& sizes, bool reverse) {
  if (reverse) return all.narrow(0, 0, sizes[0]).clone();
  Tensors parts;
  int64_t end = all.size(0), done = 0;
  for (size_t t = sizes.size(); t-- > 0;) {
    const int64_t first = end - sizes[t];
    if (sizes[t] > done) parts.push_back(all.narrow(0, first + done, sizes[t] - done));
    done = sizes[t];
    end = first;
  }
  return parts.empty() ? all.clone() : cat(parts);
}

/// A layer on checked arguments: x (rows, I), the states defined and wide.
RecurrentResult layer(const char* op, RecurrentKind kind, const Tensor& x, const Tensor& h0,
                      const Tensor& c0, const RecurrentWeights& w,
                      const std::vector<int64_t>& sizes, bool reverse) {
  // The bias of gru's hidden part is inside of a product with r; all others are one sum.
  const bool apart = kind == RecurrentKind::gru;
  const Tensor bias = w.bias_ih.defined() && !apart ? w.bias_ih + w.bias_hh : w.bias_ih;
  const ScanInputs in{.kind = kind,
                      .gx = linear(x, w.weight_ih, bias),
                      .h0 = h0,
                      .c0 = c0,
                      .weight_hh = w.weight_hh,
                      .bias = apart ? w.bias_hh : Tensor(),
                      .weight_hr = w.weight_hr};
  const auto [y, c] = scan(op, in, ops::scan_pieces(sizes, reverse));
  return {y, last_of(y, sizes, reverse), c.defined() ? last_of(c, sizes, reverse) : Tensor()};
}

RecurrentWeights wide(const RecurrentWeights& w) {
  return {ops::wide(w.weight_ih), ops::wide(w.weight_hh), ops::wide(w.bias_ih),
          ops::wide(w.bias_hh), ops::wide(w.weight_hr)};
}

Tensor start_or_zeros(const Tensor& state, const Tensor& x, int64_t n, int64_t width) {
  if (state.defined()) return ops::wide(state);
  return zeros({n, width}, {.dtype = compute_type(x.dtype()), .device = x.device()});
}

RecurrentWeights cast_all(const ops::Autocast& cast, const RecurrentWeights& w) {
  return {cast(w.weight_ih), cast(w.weight_hh), cast(w.bias_ih), cast(w.bias_hh),
          cast(w.weight_hr)};
}

Tensor narrowed(const Tensor& t, DType dtype) { return t.defined() ? t.to(dtype) : t; }

std::pair<Tensor, Tensor> cell(const char* op, RecurrentKind kind, const Tensor& x, const Tensor& h,
                               const Tensor& c, const RecurrentWeights& w) {
  detail::check_defined(h, op, "h");
  if (kind == RecurrentKind::lstm) detail::check_defined(c, op, "c");
  detail::check_defined(x, op, "x");
  if (x.dim() != 1 && x.dim() != 2) {
    throw ShapeError(
        fmt::format("{}: x {} does not fit: it must be (N, I) or (I)", op, to_string(x.shape())));
  }
  const Sizes sizes = check_layer(op, kind, x, h, c, w);
  Shape state{sizes.hidden};
  if (x.dim() == 2) state = {x.size(0), sizes.hidden};
  check_shape(op, "h", h, state);
  check_shape(op, "c", c, state);
  const auto matrix = [&](const Tensor& t) {
    return ops::wide(t.defined() && t.dim() == 1 ? t.unsqueeze(0) : t);
  };
  const Tensor rows = matrix(x);
  const RecurrentResult r =
      layer(op, kind, rows, matrix(h), matrix(c), wide(w), {rows.size(0)}, false);
  const auto back = [&](const Tensor& t) {
    if (!t.defined()) return t;
    return (x.dim() == 1 ? t.squeeze(0) : t).to(x.dtype());
  };
  return {back(r.h_n), back(r.c_n)};
}

}  // namespace

RecurrentResult recurrent_layer(RecurrentKind kind, const Tensor& x, const Tensor& h0,
                                const Tensor& c0, const RecurrentWeights& weights,
                                const RecurrentLayerOptions& options) {
  if (const ops::Autocast cast{"recurrent_layer"}) {
    return recurrent_layer(kind, cast(x), cast(h0), cast(c0), cast_all(cast, weights), options);
  }
  constexpr const char* kName = "recurrent_layer";
  detail::check_defined(x, kName, "x");
  const bool packed = !options.batch_sizes.empty();
  if (x.dim() != (packed ? 2 : 3)) {
    throw ShapeError(fmt::format("recurrent_layer: x {} does not fit: it must be {}",
                                 to_string(x.shape()),
                                 packed ? "(sum of batch_sizes, I)" : "(L, N, I)"));
  }
  const Sizes sizes = check_layer(kName, kind, x, h0, c0, weights);
  if (packed) check_batch_sizes(kName, options.batch_sizes, x.size(0));
  if (!packed && x.size(0) == 0) {
    throw ValueError(
        fmt::format("recurrent_layer: there are no steps: x is {}", to_string(x.shape())));
  }
  const int64_t n = packed ? options.batch_sizes[0] : x.size(1);
  check_shape(kName, "h0", h0, {n, sizes.output});
  check_shape(kName, "c0", c0, {n, sizes.hidden});
  const std::vector<int64_t> steps =
      packed ? options.batch_sizes : std::vector<int64_t>(static_cast<size_t>(x.size(0)), n);
  const Tensor rows = ops::wide(packed ? x : x.reshape({x.size(0) * n, x.size(2)}));
  const bool lstm = kind == RecurrentKind::lstm;
  RecurrentResult r = layer(kName, kind, rows, start_or_zeros(h0, x, n, sizes.output),
                            lstm ? start_or_zeros(c0, x, n, sizes.hidden) : Tensor(), wide(weights),
                            steps, options.reverse);
  if (!packed) r.output = r.output.reshape({x.size(0), n, sizes.output});
  return {r.output.to(x.dtype()), r.h_n.to(x.dtype()), narrowed(r.c_n, x.dtype())};
}

Tensor rnn_tanh_cell(const Tensor& x, const Tensor& h, const Tensor& weight_ih,
                     const Tensor& weight_hh, const Tensor& bias_ih, const Tensor& bias_hh) {
  if (const ops::Autocast cast{"rnn_tanh_cell"}) {
    return rnn_tanh_cell(cast(x), cast(h), cast(weight_ih), cast(weight_hh), cast(bias_ih),
                         cast(bias_hh));
  }
  return cell("rnn_tanh_cell", RecurrentKind::rnn_tanh, x, h, Tensor(),
              {weight_ih, weight_hh, bias_ih, bias_hh, Tensor()})
      .first;
}
Tensor rnn_relu_cell(const Tensor& x, const Tensor& h, const Tensor& weight_ih,
                     const Tensor& weight_hh, const Tensor& bias_ih, const Tensor& bias_hh) {
  if (const ops::Autocast cast{"rnn_relu_cell"}) {
    return rnn_relu_cell(cast(x), cast(h), cast(weight_ih), cast(weight_hh), cast(bias_ih),
                         cast(bias_hh));
  }
  return cell("rnn_relu_cell", RecurrentKind::rnn_relu, x, h, Tensor(),
              {weight_ih, weight_hh, bias_ih, bias_hh, Tensor()})
      .first;
}
Tensor gru_cell(const Tensor& x, const Tensor& h, const Tensor& weight_ih, const Tensor& weight_hh,
                const Tensor& bias_ih, const Tensor& bias_hh) {
  if (const ops::Autocast cast{"gru_cell"}) {
    return gru_cell(cast(x), cast(h), cast(weight_ih), cast(weight_hh), cast(bias_ih),
                    cast(bias_hh));
  }
  return cell("gru_cell", RecurrentKind::gru, x, h, Tensor(),
              {weight_ih, weight_hh, bias_ih, bias_hh, Tensor()})
      .first;
}
std::pair<Tensor, Tensor> lstm_cell(const Tensor& x, const Tensor& h, const Tensor& c,
                                    const Tensor& weight_ih, const Tensor& weight_hh,
                                    const Tensor& bias_ih, const Tensor& bias_hh) {
  if (const ops::Autocast cast{"lstm_cell"}) {
    return lstm_cell(cast(x), cast(h), cast(c), cast(weight_ih), cast(weight_hh), cast(bias_ih),
                     cast(bias_hh));
  }
  return cell("lstm_cell", RecurrentKind::lstm, x, h, c,
              {weight_ih, weight_hh, bias_ih, bias_hh, Tensor()});
}

}  // namespace ct
