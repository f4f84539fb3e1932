// Cells: initial values and names; a step is an op of ops/recurrent.hpp.
#include <fmt/format.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/nn/recurrent/gru_cell.hpp"
#include "customtensor/nn/recurrent/lstm_cell.hpp"
#include "customtensor/nn/recurrent/rnn_cell.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/recurrent.hpp"

namespace ct::nn {
namespace {

/// The weights of a cell of `gates` parts.
template <class Cell>
void make_weights(Cell& cell, const char* name, int64_t gates, int64_t input, int64_t hidden,
                  bool bias) {
  if (input < 1 || hidden < 1) {
    throw ValueError(fmt::format("{}: sizes must be at least 1: input_size {}, hidden_size {}",
                                 name, input, hidden));
  }
  const double bound = 1.0 / std::sqrt(static_cast<double>(hidden));
  const auto parameter = [&](const Shape& shape) {
    return init::uniform_(empty(shape), -bound, bound).requires_grad_();
  };
  cell.weight_ih = parameter({gates * hidden, input});
  cell.weight_hh = parameter({gates * hidden, hidden});
  if (!bias) return;
  cell.bias_ih = parameter({gates * hidden});
  cell.bias_hh = parameter({gates * hidden});
}

template <class Cell>
void name_weights(Cell& cell, Members& m) {
  m("weight_ih", cell.weight_ih);
  m("weight_hh", cell.weight_hh);
  m("bias_ih", cell.bias_ih);
  m("bias_hh", cell.bias_hh);
}

/// `state`, or zeros that fit x (…, I).
Tensor or_zeros(const Tensor& state, const Tensor& x, const Tensor& weight_hh) {
  if (state.defined()) return state;
  Shape shape = x.shape();
  if (!shape.empty()) shape[shape.rank() - 1] = weight_hh.size(1);
  return zeros(shape, {.dtype = x.dtype(), .device = x.device()});
}

}  // namespace

RNNCell::RNNCell(int64_t input_size, int64_t hidden_size, const RNNCellOptions& options)
    : options_(options) {
  make_weights(*this, "RNNCell", 1, input_size, hidden_size, options.bias);
}
void RNNCell::members(Members& m) { name_weights(*this, m); }
Tensor RNNCell::forward(const Tensor& x) { return (*this)(x, Tensor()); }
Tensor RNNCell::operator()(const Tensor& x, const Tensor& h) {
  const auto cell =
      options_.nonlinearity == RnnNonlinearity::tanh ? ct::rnn_tanh_cell : ct::rnn_relu_cell;
  return cell(x, or_zeros(h, x, weight_hh), weight_ih, weight_hh, bias_ih, bias_hh);
}

GRUCell::GRUCell(int64_t input_size, int64_t hidden_size, const GRUCellOptions& options) {
  make_weights(*this, "GRUCell", 3, input_size, hidden_size, options.bias);
}
void GRUCell::members(Members& m) { name_weights(*this, m); }
Tensor GRUCell::forward(const Tensor& x) { return (*this)(x, Tensor()); }
Tensor GRUCell::operator()(const Tensor& x, const Tensor& h) {
  return gru_cell(x, or_zeros(h, x, weight_hh), weight_ih, weight_hh, bias_ih, bias_hh);
}

LSTMCell::LSTMCell(int64_t input_size, int64_t hidden_size, const LSTMCellOptions& options) {
  make_weights(*this, "LSTMCell", 4, input_size, hidden_size, options.bias);
}
void LSTMCell::members(Members& m) { name_weights(*this, m); }
Tensor LSTMCell::forward(const Tensor& x) { return (*this)(x, LSTMState()).h; }
LSTMState LSTMCell::operator()(const Tensor& x, const LSTMState& state) {
  auto [h, c] = lstm_cell(x, or_zeros(state.h, x, weight_hh), or_zeros(state.c, x, weight_hh),
                          weight_ih, weight_hh, bias_ih, bias_hh);
  return {std::move(h), std::move(c)};
}

}  // namespace ct::nn
