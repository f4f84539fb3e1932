// recurrent_layer and cells: what they refuse.
#include "customtensor/ops/recurrent.hpp"

#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

/// A layer of 2 inputs and 3 hidden, with something changed.
struct Call {
  RecurrentKind kind = RecurrentKind::gru;
  Tensor x = ones({4, 2, 2}), h0 = Tensor(), c0 = Tensor();
  RecurrentWeights weights = {ones({9, 2}), ones({9, 3}), ones({9}), ones({9})};
  RecurrentLayerOptions options = {};
  void operator()() const { recurrent_layer(kind, x, h0, c0, weights, options); }
};

TEST(RecurrentLayerMessage, Input) {
  EXPECT_EQ(message_of<ShapeError>(Call{.x = ones({4, 2})}),
            "recurrent_layer: x (4, 2) does not fit: it must be (L, N, I)");
  EXPECT_EQ(message_of<ShapeError>(Call{.options = {.batch_sizes = {1}}}),
            "recurrent_layer: x (4, 2, 2) does not fit: it must be (sum of batch_sizes, I)");
}
TEST(RecurrentLayerMessage, NoSteps) {
  EXPECT_EQ(message_of<ValueError>(Call{.x = ones({0, 2, 2})}),
            "recurrent_layer: there are no steps: x is (0, 2, 2)");
}
TEST(RecurrentLayerMessage, Weights) {
  EXPECT_EQ(message_of<ShapeError>(Call{.x = ones({4, 2, 5})}),
            "recurrent_layer: x (4, 2, 5) and weight_ih (9, 2) do not fit: it must be (3 H, I), I "
            "the last size of x");
  EXPECT_EQ(message_of<ShapeError>(Call{.weights = {ones({9, 2}), ones({9, 4})}}),
            "recurrent_layer: weight_hh (9, 4) does not fit: it must be (9, 3)");
}
TEST(RecurrentLayerMessage, OneBias) {
  EXPECT_EQ(message_of<ValueError>(Call{.weights = {ones({9, 2}), ones({9, 3}), ones({9})}}),
            "recurrent_layer: one bias is missing: bias_hh is not defined, the other is");
}
TEST(RecurrentLayerMessage, OfLstmAlone) {
  EXPECT_EQ(message_of<ValueError>(Call{.c0 = ones({2, 3})}),
            "recurrent_layer: c0 is of lstm alone: the kind is another");
}
TEST(RecurrentLayerMessage, Types) {
  EXPECT_EQ(message_of<DTypeError>(Call{.h0 = ones({2, 3}, {.dtype = float64})}),
            "recurrent_layer: x is float32 and h0 is float64: they must be of one floating dtype; "
            "convert with .to(dtype)");
}
TEST(RecurrentLayerMessage, BatchSizes) {
  EXPECT_EQ(message_of<ValueError>(Call{.x = ones({3, 2}), .options = {.batch_sizes = {1, 2}}}),
            "recurrent_layer: batch_sizes must be at least 1 and not grow: 2 at step 1");
  EXPECT_EQ(message_of<ValueError>(Call{.x = ones({3, 2}), .options = {.batch_sizes = {2, 2}}}),
            "recurrent_layer: batch_sizes come to 4 rows: x has 3");
}
TEST(RecurrentLayerMessage, State) {
  EXPECT_EQ(message_of<ShapeError>([] {
              rnn_tanh_cell(ones({2, 3}), ones({2, 5}), ones({4, 3}), ones({4, 4}));
            }),
            "rnn_tanh_cell: h (2, 5) does not fit: it must be (2, 4)");
}
TEST(RecurrentLayerMessage, CellInput) {
  EXPECT_EQ(message_of<ShapeError>([] {
              gru_cell(ones({1, 2, 3}), ones({2, 4}), ones({12, 3}), ones({12, 4}));
            }),
            "gru_cell: x (1, 2, 3) does not fit: it must be (N, I) or (I)");
}

}  // namespace
}  // namespace ct
