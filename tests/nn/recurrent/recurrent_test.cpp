// Recurrent layers beside their reference data: second derivatives, packing, dropout, meta, what
// they refuse.
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/meta_backend.hpp"
#include "customtensor/nn/container/sequential.hpp"
#include "customtensor/nn/recurrent/gru.hpp"
#include "customtensor/nn/recurrent/gru_cell.hpp"
#include "customtensor/nn/recurrent/lstm.hpp"
#include "customtensor/nn/recurrent/lstm_cell.hpp"
#include "customtensor/nn/recurrent/rnn.hpp"
#include "customtensor/nn/recurrent/rnn_cell.hpp"
#include "customtensor/nn/summary.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct::nn {
namespace {

using test::message_of;

TEST(PackedSequence, HoldsRowsStepByStepAndComesBack) {
  const Tensor x = arange(6, {.dtype = float32}).reshape({3, 2, 1});
  const std::vector<int64_t> lengths{1, 3};
  const PackedSequence p = pack_padded_sequence(x, lengths, {.enforce_sorted = false});
  EXPECT_TRUE(test::near(p.data, {1, 0, 3, 5}, 0));
  EXPECT_EQ(p.batch_sizes, (std::vector<int64_t>{2, 1, 1}));
  EXPECT_EQ(p.sorted_indices, (std::vector<int64_t>{1, 0}));
  const auto [padded, back] = pad_packed_sequence(p, {.padding_value = -1, .total_length = 4});
  EXPECT_EQ(back, lengths);
  EXPECT_TRUE(
      test::near(padded.squeeze(-1), tensor({0, 1, -1, 3, -1, 5, -1, -1}).reshape({4, 2}), 0));
  const Tensors parts = unpack_sequence(p);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_TRUE(test::near(parts[0].flatten(), {0}, 0));
  EXPECT_TRUE(test::near(parts[1].flatten(), {1, 3, 5}, 0));
}

TEST(PackedSequence, OfSequencesIsThatOfTheirPaddedTensor) {
  const Tensors s{tensor({1, 2, 3}), tensor({4})};
  const PackedSequence p = pack_sequence(s);
  EXPECT_TRUE(test::near(p.data, {1, 4, 2, 3}, 0));
  EXPECT_TRUE(p.sorted_indices.empty());
  EXPECT_TRUE(test::near(pad_sequence(s, true, 9), tensor({1, 2, 3, 4, 9, 9}).reshape({2, 3}), 0));
}

TEST(Recurrent, PackedLayersHaveSecondDerivatives) {
  manual_seed(3);
  LSTM layer(2, 3, {.bidirectional = true, .proj_size = 2});
  layer.to(float64);
  const std::vector<int64_t> lengths{2, 3};
  const Tensor x = randn({3, 2, 2}, {.dtype = float64, .requires_grad = true});
  const auto run = [&](const Tensors& in) {
    const auto r = layer(pack_padded_sequence(in[0], lengths, {.enforce_sorted = false}));
    return r.output.data.square().sum() + r.state.c.sum() + r.state.h.square().sum();
  };
  EXPECT_TRUE(gradcheck(run, {x}));
  EXPECT_TRUE(gradgradcheck(run, {x}));
}

TEST(Recurrent, ASequenceMayBeRunInPieces) {
  manual_seed(3);
  LSTM layer(2, 3, 2);
  const Tensor x = randn({5, 2, 2});
  const LSTMOutput whole = layer(x, {});
  const LSTMOutput first = layer(x.narrow(0, 0, 2), {});
  const LSTMOutput second = layer(x.narrow(0, 2, 3), first.state);
  EXPECT_TRUE(test::near(second.output, whole.output.narrow(0, 2, 3), test::kProduct32));
  EXPECT_TRUE(test::near(second.state.c, whole.state.c, test::kProduct32));
}

TEST(Recurrent, TheSameWithAndWithoutATape) {
  manual_seed(3);
  GRU layer(2, 3, 2);
  const Tensor x = randn({4, 2, 2});
  const Tensor recorded = layer(x);
  const NoGradGuard off;
  EXPECT_TRUE(test::near(layer(x), recorded, 0));
}

TEST(Recurrent, DropsBetweenLayersOnlyWhileTraining) {
  manual_seed(3);
  GRU layer(2, 3, {.num_layers = 2, .dropout = 0.5});
  const Tensor x = randn({4, 2, 2});
  EXPECT_FALSE(test::near(layer(x), layer(x), 0));
  layer.eval();
  EXPECT_TRUE(test::near(layer(x), layer(x), 0));
}

TEST(Recurrent, IsSummarisedAndStandsInSequential) {
  Sequential model{GRU(4, 8, {.num_layers = 2, .bidirectional = true})};
  const Summary s = summary(model, {5, 3, 4});
  EXPECT_EQ(s.parameters, 2 * (24 * 4 + 24 * 8 + 48) + 2 * (24 * 16 + 24 * 8 + 48));
  EXPECT_EQ(s.layers[0].output, (Shape{5, 3, 16}));
}

TEST(Recurrent, NoSequencesAreNoWork) {
  LSTM layer(2, 3);
  const Tensor x = zeros({4, 0, 2}, {.requires_grad = true});
  const Tensor y = layer(x);
  EXPECT_EQ(y.shape(), (Shape{4, 0, 3}));
  y.sum().backward();
  EXPECT_EQ(x.grad().shape(), x.shape());
  EXPECT_TRUE(test::near(layer.weights(0).weight_hh.grad(), zeros({12, 3}), 0));
}

TEST(RecurrentMessage, Sizes) {
  EXPECT_EQ(message_of<ValueError>([] { LSTM(0, 3); }),
            "LSTM: sizes must be at least 1: input_size 0, hidden_size 3, num_layers 1");
  EXPECT_EQ(message_of<ValueError>([] { GRUCell(2, 0); }),
            "GRUCell: sizes must be at least 1: input_size 2, hidden_size 0");
}
TEST(RecurrentMessage, Projection) {
  EXPECT_EQ(message_of<ValueError>([] { LSTM(2, 3, {.proj_size = 3}); }),
            "LSTM: proj_size must be 0 or below hidden_size: proj_size 3, hidden_size 3");
}
TEST(RecurrentMessage, Dropout) {
  EXPECT_EQ(message_of<ValueError>([] { RNN(2, 3, {.dropout = 1.5}); }),
            "RNN: dropout must be a probability in [0, 1]: 1.5");
}
TEST(RecurrentMessage, Weights) {
  EXPECT_EQ(message_of<IndexError>([] { GRU(2, 3).weights(0, true); }),
            "GRU: no weights of layer 0 in reverse: there are 1 layers in one direction");
}
TEST(RecurrentMessage, Input) {
  EXPECT_EQ(message_of<ShapeError>([] {
              GRU(2, 3)(ones({4, 2, 3}));
            }),
            "GRU: x (4, 2, 3) does not fit: it must be (L, N, I) or (L, I) with I = 2 and L at "
            "least 1");
}
TEST(RecurrentMessage, State) {
  EXPECT_EQ(message_of<ShapeError>([] {
              GRU(2, 3)(ones({4, 2, 2}), ones({2, 2, 3}));
            }),
            "GRU: h0 (2, 2, 3) does not fit: it must be (1, 2, 3)");
}
TEST(RecurrentMessage, PackedInput) {
  EXPECT_EQ(message_of<ShapeError>([] {
              GRU(2, 3)
              (PackedSequence());
            }),
            "GRU: a packed sequence of 0 steps does not fit: its data must be (sum of lengths, 2)");
}

Tensor padded() { return ones({3, 2, 1}); }
TEST(PackedSequenceMessage, Lengths) {
  EXPECT_EQ(message_of<ShapeError>([] { pack_padded_sequence(padded(), std::vector<int64_t>{1}); }),
            "pack_padded_sequence: x (3, 2, 1) does not fit 1 lengths: it must be (L, N, ...)");
  EXPECT_EQ(message_of<ValueError>([] {
              pack_padded_sequence(padded(), std::vector<int64_t>{4, 1});
            }),
            "pack_padded_sequence: length 4 of sequence 0 is out of range: it must be in 1 ... 3");
  EXPECT_EQ(message_of<ValueError>([] {
              pack_padded_sequence(ones({3, 0, 1}), std::vector<int64_t>());
            }),
            "pack_padded_sequence: there are no sequences: x is (3, 0, 1)");
}
TEST(PackedSequenceMessage, Order) {
  EXPECT_EQ(message_of<ValueError>([] {
              pack_padded_sequence(padded(), std::vector<int64_t>{1, 3});
            }),
            "pack_padded_sequence: lengths grow from 1 to 3 at sequence 1: longer ones must stand "
            "first; pass enforce_sorted = false");
}
TEST(PackedSequenceMessage, TotalLength) {
  const PackedSequence p = pack_padded_sequence(padded(), std::vector<int64_t>{3, 1});
  EXPECT_EQ(message_of<ValueError>([&] { pad_packed_sequence(p, {.total_length = 2}); }),
            "pad_packed_sequence: total_length 2 is too short: the longest sequence has 3");
}
TEST(PackedSequenceMessage, Empty) {
  EXPECT_EQ(message_of<ValueError>([] { unpack_sequence({}); }),
            "unpack_sequence: the sequence is empty: 0 steps");
}
TEST(PackedSequenceMessage, Sequences) {
  EXPECT_EQ(message_of<ValueError>([] { pad_sequence({}); }),
            "pad_sequence: there are no sequences: got 0");
  EXPECT_EQ(message_of<ShapeError>([] {
              pad_sequence(Tensors{ones({2, 1}), ones({2, 2})});
            }),
            "pad_sequence: sequence 1 (2, 2) does not fit sequence 0: all must be (L, ...), equal "
            "behind L");
}

}  // namespace
}  // namespace ct::nn
