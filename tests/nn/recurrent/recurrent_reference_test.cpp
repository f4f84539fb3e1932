// Recurrent layers and cells against PyTorch: results, states and gradients over their options.
#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/nn/recurrent/gru.hpp"
#include "customtensor/nn/recurrent/gru_cell.hpp"
#include "customtensor/nn/recurrent/lstm.hpp"
#include "customtensor/nn/recurrent/lstm_cell.hpp"
#include "customtensor/nn/recurrent/rnn.hpp"
#include "customtensor/nn/recurrent/rnn_cell.hpp"
#include "reference/json_data.hpp"

namespace ct::nn {
namespace {

using Json = nlohmann::json;
/// Seven decimals are stored.
constexpr double kStored = 1e-6;

class RecurrentReference : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
    all_ = test::read_reference("recurrent");
    ASSERT_FALSE(all_["cases"].empty());
  }
  void run_all(const std::string& kind);
  /// Sets the weights, runs and compares; `call(x, states)` gives all results, `states` may be
  /// undefined.
  template <class M, class F>
  void compare(const Json& data, M& module, const F& call);
  template <class M, class F>
  void compare_layer(const Json& data, M& layer, const F& results);

  Device device_;
  Json all_;
};

template <class M, class F>
void RecurrentReference::compare(const Json& data, M& module, const F& call) {
  module.to(device_);
  module.to(float64);
  int number = 0;
  {
    const NoGradGuard off;
    for (Tensor& p : module.parameters()) p.copy_(test::wave(number++, p.shape(), device_));
  }
  Tensors in;
  for (const Json& g : data["input_gradients"]) {
    const Shape shape(g["shape"].template get<std::vector<int64_t>>());
    in.push_back(test::wave(number++, shape, device_).requires_grad_());
  }
  const Tensor none;
  const Tensors results = call(in[0], in.size() > 1 ? in[1] : none, in.size() > 2 ? in[2] : none);
  ASSERT_EQ(results.size(), data["outputs"].size());
  Tensor loss;
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_TRUE(test::as_stored(results[i], data["outputs"][i], kStored)) << "result " << i;
    const Tensor sum = results[i].square().sum();
    loss = loss.defined() ? loss + sum : sum;
  }
  loss.backward();
  for (size_t i = 0; i < in.size(); ++i) {
    EXPECT_TRUE(test::as_stored(in[i].grad(), data["input_gradients"][i], kStored))
        << "input " << i;
  }
  const auto parameters = module.named_parameters();
  ASSERT_EQ(parameters.size(), data["gradients"].size());
  for (const auto& [name, p] : parameters) {
    ASSERT_TRUE(data["gradients"].contains(name)) << name;
    EXPECT_TRUE(test::as_stored(p.grad(), data["gradients"][name], kStored)) << name;
  }
}

/// `results(output, rest)` appends the states; a packed sequence goes in and out padded.
template <class M, class F>
void RecurrentReference::compare_layer(const Json& data, M& layer, const F& run) {
  const auto lengths = data["lengths"].get<std::vector<int64_t>>();
  const bool batch_first = data["options"].value("batch_first", false);
  compare(data, layer, [&](const Tensor& x, const Tensor& h, const Tensor& c) {
    if (lengths.empty()) return run(layer, x, h, c);
    const PackedSequence packed = pack_padded_sequence(
        x, lengths, {.batch_first = batch_first, .enforce_sorted = data["enforce_sorted"]});
    return run(layer, packed, h, c);
  });
}

void RecurrentReference::run_all(const std::string& kind) {
  const int64_t input = all_["input"], hidden = all_["hidden"];
  int count = 0;
  for (size_t i = 0; i < all_["cases"].size(); ++i) {
    const Json& data = all_["cases"][i];
    if (data["kind"] != kind) continue;
    ++count;
    const Json& o = data["options"];
    SCOPED_TRACE(kind + " " + o.dump() + " case " + std::to_string(i));
    const bool bias = o.value("bias", true), batch_first = o.value("batch_first", false),
               both = o.value("bidirectional", false);
    const int64_t layers = o.value("num_layers", 1);
    const auto nonlinearity = o.value("nonlinearity", std::string("tanh")) == "relu"
                                  ? RnnNonlinearity::relu
                                  : RnnNonlinearity::tanh;
    const auto padded = [&](const PackedSequence& p) {
      return pad_packed_sequence(p, {.batch_first = batch_first}).first;
    };
    const auto output_of = [&](const auto& r) {
      if constexpr (std::is_same_v<std::decay_t<decltype(r)>, PackedSequence>) {
        return padded(r);
      } else {
        return r;
      }
    };
    const auto with_h = [&](auto& layer, const auto& x, const Tensor& h, const Tensor&) {
      const auto r = layer(x, h);
      return Tensors{output_of(r.output), r.h_n};
    };
    if (kind == "RNN") {
      RNN layer(input, hidden, layers, nonlinearity, bias, batch_first, 0.0, both);
      compare_layer(data, layer, with_h);
    } else if (kind == "GRU") {
      GRU layer(input, hidden, layers, bias, batch_first, 0.0, both);
      compare_layer(data, layer, with_h);
    } else if (kind == "LSTM") {
      LSTM layer(input, hidden, layers, bias, batch_first, 0.0, both, o.value("proj_size", 0));
      compare_layer(data, layer, [&](auto& l, const auto& x, const Tensor& h, const Tensor& c) {
        const auto r = l(x, LSTMState{h, c});
        return Tensors{output_of(r.output), r.state.h, r.state.c};
      });
    } else if (kind == "RNNCell") {
      RNNCell cell(input, hidden, {.bias = bias, .nonlinearity = nonlinearity});
      compare(data, cell,
              [&](const Tensor& x, const Tensor& h, const Tensor&) { return Tensors{cell(x, h)}; });
    } else if (kind == "GRUCell") {
      GRUCell cell(input, hidden, {.bias = bias});
      compare(data, cell,
              [&](const Tensor& x, const Tensor& h, const Tensor&) { return Tensors{cell(x, h)}; });
    } else {
      LSTMCell cell(input, hidden, {.bias = bias});
      compare(data, cell, [&](const Tensor& x, const Tensor& h, const Tensor& c) {
        const LSTMState r = cell(x, {h, c});
        return Tensors{r.h, r.c};
      });
    }
  }
  EXPECT_GT(count, 0);
}

TEST_P(RecurrentReference, RnnAgrees) { run_all("RNN"); }
TEST_P(RecurrentReference, LstmAgrees) { run_all("LSTM"); }
TEST_P(RecurrentReference, GruAgrees) { run_all("GRU"); }
TEST_P(RecurrentReference, RnnCellAgrees) { run_all("RNNCell"); }
TEST_P(RecurrentReference, LstmCellAgrees) { run_all("LSTMCell"); }
TEST_P(RecurrentReference, GruCellAgrees) { run_all("GRUCell"); }

INSTANTIATE_TEST_SUITE_P(Devices, RecurrentReference, ::testing::Values("cpu", "custom_gpu"),
                         [](const ::testing::TestParamInfo<std::string>& p) { return p.param; });

}  // namespace
}  // namespace ct::nn
