// The way through the layers: each is ct::recurrent_layer, once a direction. States of all layers
// are cut out of one tensor and joined to one.
#include "customtensor/nn/recurrent/recurrent_base.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/nn/recurrent/gru.hpp"
#include "customtensor/nn/recurrent/lstm.hpp"
#include "customtensor/nn/recurrent/rnn.hpp"
#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {
namespace {

int64_t gates_of(RecurrentKind kind) {
  return kind == RecurrentKind::lstm ? 4 : kind == RecurrentKind::gru ? 3 : 1;
}

Tensor parameter(const Shape& shape, double bound) {
  return init::uniform_(empty(shape), -bound, bound).requires_grad_();
}

/// The sequences of a state (layers, N, …) in another order; an empty one is the same.
Tensor reordered(const Tensor& state, const std::vector<int64_t>& order) {
  if (!state.defined() || order.empty()) return state;
  return index_select(state, 1,
                      tensor(std::span<const int64_t>(order), {.device = state.device()}));
}

Tensor squeezed(const Tensor& t, int64_t axis) { return t.defined() ? t.squeeze(axis) : t; }

}  // namespace

RecurrentBase::RecurrentBase(const Settings& settings) : settings_(settings) {
  const Settings& s = settings_;
  if (s.input_size < 1 || s.hidden_size < 1 || s.num_layers < 1) {
    throw ValueError(
        fmt::format("{}: sizes must be at least 1: input_size {}, hidden_size {}, num_layers {}",
                    s.name, s.input_size, s.hidden_size, s.num_layers));
  }
  if (s.proj_size < 0 || s.proj_size >= s.hidden_size) {
    throw ValueError(
        fmt::format("{}: proj_size must be 0 or below hidden_size: proj_size {}, hidden_size {}",
                    s.name, s.proj_size, s.hidden_size));
  }
  if (!(s.dropout >= 0 && s.dropout <= 1)) {
    throw ValueError(
        fmt::format("{}: dropout must be a probability in [0, 1]: {}", s.name, s.dropout));
  }
  const double bound = 1.0 / std::sqrt(static_cast<double>(s.hidden_size));
  const int64_t rows = gates_of(s.kind) * s.hidden_size;
  for (int64_t layer = 0; layer < s.num_layers; ++layer) {
    const int64_t input = layer == 0 ? s.input_size : directions() * output_size();
    for (int64_t d = 0; d < directions(); ++d) {
      RecurrentWeights w;
      w.weight_ih = parameter({rows, input}, bound);
      w.weight_hh = parameter({rows, output_size()}, bound);
      if (s.bias) {
        w.bias_ih = parameter({rows}, bound);
        w.bias_hh = parameter({rows}, bound);
      }
      if (s.proj_size > 0) w.weight_hr = parameter({s.proj_size, s.hidden_size}, bound);
      weights_.push_back(std::move(w));
    }
  }
}

void RecurrentBase::members(Members& m) {
  for (size_t i = 0; i < weights_.size(); ++i) {
    const size_t d = static_cast<size_t>(directions());
    const std::string suffix =
        "_l" + std::to_string(i / d) + (i % d == 1 ? std::string("_reverse") : std::string());
    m("weight_ih" + suffix, weights_[i].weight_ih);
    m("weight_hh" + suffix, weights_[i].weight_hh);
    m("bias_ih" + suffix, weights_[i].bias_ih);
    m("bias_hh" + suffix, weights_[i].bias_hh);
    m("weight_hr" + suffix, weights_[i].weight_hr);
  }
}

RecurrentWeights RecurrentBase::weights(int64_t layer, bool reverse) const {
  if (layer < 0 || layer >= settings_.num_layers || (reverse && !settings_.bidirectional)) {
    throw IndexError(fmt::format("{}: no weights of layer {}{}: there are {} layers in {}",
                                 settings_.name, layer, reverse ? " in reverse" : "",
                                 settings_.num_layers,
                                 settings_.bidirectional ? "two directions" : "one direction"));
  }
  return weights_[static_cast<size_t>(layer * directions() + (reverse ? 1 : 0))];
}

void RecurrentBase::check_state(const char* name, const Tensor& state,
                                const Shape& expected) const {
  if (!state.defined() || state.shape() == expected) return;
  throw ShapeError(fmt::format("{}: {} {} does not fit: it must be {}", settings_.name, name,
                               to_string(state.shape()), to_string(expected)));
}

RecurrentBase::Result RecurrentBase::layers(const Tensor& x, const Tensor& h0, const Tensor& c0,
                                            const std::vector<int64_t>& sizes) {
  const auto of_layer = [](const Tensor& state, size_t i) {
    return state.defined() ? state.select(0, static_cast<int64_t>(i)) : state;
  };
  Tensor y = x;
  Tensors h, c;
  const size_t per_layer = static_cast<size_t>(directions());
  for (size_t i = 0; i < weights_.size(); i += per_layer) {
    if (i > 0 && settings_.dropout > 0) y = dropout(y, settings_.dropout, is_training());
    Tensors outputs;
    for (size_t d = 0; d < per_layer; ++d) {
      RecurrentResult r =
          recurrent_layer(settings_.kind, y, of_layer(h0, i + d), of_layer(c0, i + d),
                          weights_[i + d], {.batch_sizes = sizes, .reverse = d == 1});
      outputs.push_back(std::move(r.output));
      h.push_back(std::move(r.h_n));
      if (r.c_n.defined()) c.push_back(std::move(r.c_n));
    }
    y = per_layer == 1 ? outputs[0] : cat(outputs, -1);
  }
  return {y, stack(h), c.empty() ? Tensor() : stack(c)};
}

RecurrentBase::Result RecurrentBase::run(const Tensor& x, const Tensor& h0, const Tensor& c0) {
  const Settings& s = settings_;
  const bool batched = x.dim() == 3;
  if ((!batched && x.dim() != 2) || x.size(-1) != s.input_size ||
      x.size(batched && s.batch_first ? 1 : 0) == 0) {
    throw ShapeError(fmt::format(
        "{}: x {} does not fit: it must be {} or (L, I) with I = {} and L at least 1", s.name,
        to_string(x.shape()), s.batch_first ? "(N, L, I)" : "(L, N, I)", s.input_size));
  }
  Shape h{static_cast<int64_t>(weights_.size())};
  if (batched) h.push_back(x.size(s.batch_first ? 0 : 1));
  Shape c = h;
  h.push_back(output_size());
  c.push_back(s.hidden_size);
  check_state("h0", h0, h);
  check_state("c0", c0, c);
  if (!batched) {
    const auto one = [](const Tensor& t) { return t.defined() ? t.unsqueeze(1) : t; };
    const Result r = layers(x.unsqueeze(1), one(h0), one(c0), {});
    return {r.output.squeeze(1), squeezed(r.h_n, 1), squeezed(r.c_n, 1)};
  }
  if (!s.batch_first) return layers(x, h0, c0, {});
  Result r = layers(x.transpose(0, 1), h0, c0, {});
  r.output = r.output.transpose(0, 1);
  return r;
}

RecurrentBase::PackedResult RecurrentBase::run(const PackedSequence& x, const Tensor& h0,
                                               const Tensor& c0) {
  const Settings& s = settings_;
  if (!x.data.defined() || x.data.dim() != 2 || x.data.size(-1) != s.input_size ||
      x.batch_sizes.empty()) {
    throw ShapeError(fmt::format(
        "{}: a packed sequence of {} steps does not fit: its data must be (sum of lengths, {})",
        s.name, x.batch_sizes.size(), s.input_size));
  }
  const int64_t count = static_cast<int64_t>(weights_.size());
  check_state("h0", h0, {count, x.size(), output_size()});
  check_state("c0", c0, {count, x.size(), s.hidden_size});
  const Result r = layers(x.data, reordered(h0, x.sorted_indices), reordered(c0, x.sorted_indices),
                          x.batch_sizes);
  PackedSequence output = x;
  output.data = r.output;
  return {std::move(output), reordered(r.h_n, x.unsorted_indices),
          reordered(r.c_n, x.unsorted_indices)};
}

Tensor RecurrentBase::forward(const Tensor& x) { return run(x, Tensor(), Tensor()).output; }

// ---- The three ----------------------------------------------------------------------------------

RNN::RNN(int64_t input_size, int64_t hidden_size, const RNNOptions& options)
    : RecurrentBase({options.nonlinearity == RnnNonlinearity::tanh ? RecurrentKind::rnn_tanh
                                                                   : RecurrentKind::rnn_relu,
                     "RNN", input_size, hidden_size, options.num_layers, options.bias,
                     options.batch_first, options.dropout, options.bidirectional}) {}

RecurrentOutput RNN::operator()(const Tensor& x, const Tensor& h0) {
  Result r = run(x, h0, Tensor());
  return {std::move(r.output), std::move(r.h_n)};
}
PackedRecurrentOutput RNN::operator()(const PackedSequence& x, const Tensor& h0) {
  PackedResult r = run(x, h0, Tensor());
  return {std::move(r.output), std::move(r.h_n)};
}

GRU::GRU(int64_t input_size, int64_t hidden_size, const GRUOptions& options)
    : RecurrentBase({RecurrentKind::gru, "GRU", input_size, hidden_size, options.num_layers,
                     options.bias, options.batch_first, options.dropout, options.bidirectional}) {}

RecurrentOutput GRU::operator()(const Tensor& x, const Tensor& h0) {
  Result r = run(x, h0, Tensor());
  return {std::move(r.output), std::move(r.h_n)};
}
PackedRecurrentOutput GRU::operator()(const PackedSequence& x, const Tensor& h0) {
  PackedResult r = run(x, h0, Tensor());
  return {std::move(r.output), std::move(r.h_n)};
}

LSTM::LSTM(int64_t input_size, int64_t hidden_size, const LSTMOptions& options)
    : RecurrentBase({RecurrentKind::lstm, "LSTM", input_size, hidden_size, options.num_layers,
                     options.bias, options.batch_first, options.dropout, options.bidirectional,
                     options.proj_size}) {}

LSTMOutput LSTM::operator()(const Tensor& x, const LSTMState& state) {
  Result r = run(x, state.h, state.c);
  return {std::move(r.output), {std::move(r.h_n), std::move(r.c_n)}};
}
PackedLSTMOutput LSTM::operator()(const PackedSequence& x, const LSTMState& state) {
  PackedResult r = run(x, state.h, state.c);
  return {std::move(r.output), {std::move(r.h_n), std::move(r.c_n)}};
}

}  // namespace ct::nn
