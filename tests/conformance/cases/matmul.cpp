// Matrix products.
#include "conformance/op_cases.hpp"
#include "customtensor/ops/recurrent.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;

/// Rows of recurrences: inputs are x, h, of lstm c, and the weights; all results side by side.
void add_recurrent_cases(std::vector<OpCase>& cases) {
  const auto layer = [&](const char* name, RecurrentKind kind, std::vector<Shape> shapes,
                         const RecurrentLayerOptions& options = {}) {
    cases.push_back({name, std::move(shapes),
                     [kind, options](Inputs x) {
                       const size_t w = kind == RecurrentKind::lstm ? 3 : 2;
                       const auto at = [&](size_t i) { return i < x.size() ? x[i] : Tensor(); };
                       const RecurrentResult r = recurrent_layer(
                           kind, x[0], x[1], w == 3 ? x[2] : Tensor(),
                           {x[w], x[w + 1], at(w + 2), at(w + 3), at(w + 4)}, options);
                       Tensors all{r.output.flatten(), r.h_n.flatten()};
                       if (r.c_n.defined()) all.push_back(r.c_n.flatten());
                       return cat(all);
                     },
                     -1, 1, kProduct32});
  };
  constexpr auto kLstm = RecurrentKind::lstm, kGru = RecurrentKind::gru;
  layer("recurrent_layer/rnn_tanh", RecurrentKind::rnn_tanh,
        {{3, 2, 4}, {2, 3}, {3, 4}, {3, 3}, {3}, {3}});
  layer("recurrent_layer/rnn_relu", RecurrentKind::rnn_relu, {{2, 2, 4}, {2, 3}, {3, 4}, {3, 3}});
  layer("recurrent_layer/lstm", kLstm, {{3, 2, 4}, {2, 3}, {2, 3}, {12, 4}, {12, 3}, {12}, {12}});
  layer("recurrent_layer/lstm_projected", kLstm,
        {{3, 2, 4}, {2, 2}, {2, 3}, {12, 4}, {12, 2}, {12}, {12}, {2, 3}});
  layer("recurrent_layer/lstm_packed_reverse", kLstm,
        {{6, 4}, {3, 3}, {3, 3}, {12, 4}, {12, 3}, {12}, {12}},
        {.batch_sizes = {3, 2, 1}, .reverse = true});
  layer("recurrent_layer/gru", kGru, {{3, 2, 4}, {2, 3}, {9, 4}, {9, 3}, {9}, {9}});
  layer("recurrent_layer/gru_packed", kGru, {{6, 4}, {3, 3}, {9, 4}, {9, 3}, {9}, {9}},
        {.batch_sizes = {3, 2, 1}});
  layer("recurrent_layer/gru_reverse", kGru, {{3, 2, 4}, {2, 3}, {9, 4}, {9, 3}},
        {.reverse = true});
  const auto cell = [&](const char* name, std::vector<Shape> shapes,
                        std::function<Tensor(const Tensors&)> run) {
    cases.push_back({name, std::move(shapes), std::move(run), -1, 1, kProduct32});
  };
  cell("rnn_tanh_cell", {{2, 4}, {2, 3}, {3, 4}, {3, 3}, {3}, {3}},
       [](Inputs x) { return rnn_tanh_cell(x[0], x[1], x[2], x[3], x[4], x[5]); });
  cell("rnn_relu_cell", {{2, 4}, {2, 3}, {3, 4}, {3, 3}, {3}, {3}},
       [](Inputs x) { return rnn_relu_cell(x[0], x[1], x[2], x[3], x[4], x[5]); });
  cell("gru_cell", {{2, 4}, {2, 3}, {9, 4}, {9, 3}, {9}, {9}},
       [](Inputs x) { return gru_cell(x[0], x[1], x[2], x[3], x[4], x[5]); });
  cell("lstm_cell", {{4}, {3}, {3}, {12, 4}, {12, 3}, {12}, {12}}, [](Inputs x) {
    const auto [h, c] = lstm_cell(x[0], x[1], x[2], x[3], x[4], x[5], x[6]);
    return cat(Tensors{h, c});
  });
}
}  // namespace

void add_matmul_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };

  const auto product = [&](const char* name, std::vector<Shape> shapes,
                           std::function<Tensor(const Tensors&)> run) {
    add_case({name, std::move(shapes), std::move(run), -1, 1, kProduct32});
  };
  const auto multiply = [](Inputs x) { return matmul(x[0], x[1]); };
  product("matmul", {{7, 5}, {5, 11}}, multiply);
  product("matmul/large", {{37, 65}, {65, 41}}, multiply);
  product("matmul/batch", {{3, 4, 5}, {3, 5, 6}}, multiply);
  product("matmul/broadcast", {{3, 1, 4, 5}, {2, 5, 6}}, multiply);
  product("matmul/shared", {{3, 4, 5}, {5, 6}}, multiply);
  product("matmul/vector", {{5, 7}, {7}}, multiply);
  product("matmul/vector_first", {{7}, {7, 5}}, multiply);
  product("matmul/dot", {{9}, {9}}, multiply);
  product("matmul/transposed", {{5, 7}, {11, 5}},
          [](Inputs x) { return matmul(x[0].t(), x[1].t()); });
  product("mm", {{3, 4}, {4, 5}}, [](Inputs x) { return mm(x[0], x[1]); });
  product("bmm", {{3, 2, 4}, {3, 4, 5}}, [](Inputs x) { return bmm(x[0], x[1]); });
  product("mv", {{3, 4}, {4}}, [](Inputs x) { return mv(x[0], x[1]); });
  product("dot", {{7}, {7}}, [](Inputs x) { return dot(x[0], x[1]); });
  product("outer", {{3}, {5}}, [](Inputs x) { return outer(x[0], x[1]); });
  product("trace", {{4, 3}}, [](Inputs x) { return trace(x[0].square()); });
  product("addmm", {{3, 5}, {3, 4}, {4, 5}}, [](Inputs x) { return addmm(x[0], x[1], x[2]); });
  product("addmm/factors", {{5}, {3, 4}, {4, 5}},
          [](Inputs x) { return addmm(x[0], x[1], x[2], 0.5, -2.0); });
  product("addmm/without_input", {{5}, {3, 4}, {4, 5}},
          [](Inputs x) { return addmm(x[0], x[1], x[2], 0, 2.0); });
  product("baddbmm", {{1, 3, 1}, {2, 3, 4}, {2, 4, 5}},
          [](Inputs x) { return baddbmm(x[0], x[1], x[2], 2.0, 0.5); });
  const auto sum = [&](const char* name, const char* equation, std::vector<Shape> shapes) {
    product(name, std::move(shapes), [equation](Inputs x) { return einsum(equation, x); });
  };
  sum("einsum", "ij,jk->ik", {{3, 4}, {4, 5}});
  sum("einsum/implicit", "ba,cb", {{3, 4}, {5, 3}});
  sum("einsum/batch", "bhqd,bhkd->bhqk", {{2, 2, 3, 4}, {2, 2, 5, 4}});
  sum("einsum/chain", "ij,jk,kl,l->i", {{3, 4}, {4, 2}, {2, 5}, {5}});
  sum("einsum/bilinear", "bn,anm,bm->ba", {{2, 3}, {4, 3, 5}, {2, 5}});
  sum("einsum/ellipsis", "...ij,...jk->...ik", {{2, 1, 3, 4}, {5, 4, 2}});
  sum("einsum/ellipsis_summed", "i...->i", {{3, 2, 4}});
  sum("einsum/diagonal", "ii->i", {{4, 4}});
  sum("einsum/trace", "bii", {{3, 4, 4}});
  sum("einsum/repeated", "iji,jk->ki", {{3, 4, 3}, {4, 2}});
  sum("einsum/permuted", "abc->cab", {{2, 3, 4}});
  sum("einsum/elementwise", "ij,ij->ji", {{3, 4}, {3, 4}});
  sum("einsum/outer", "i,j,k->kij", {{2}, {3}, {4}});
  sum("einsum/broadcast_one", "ij,kj->ik", {{3, 1}, {2, 4}});
  sum("einsum/number", ",ij->ij", {{}, {2, 3}});
  product("tensordot", {{3, 4, 5}, {4, 5, 2}}, [](Inputs x) { return tensordot(x[0], x[1]); });
  product("tensordot/axes", {{3, 4, 5}, {5, 2, 3}}, [](Inputs x) {
    return tensordot(x[0], x[1], {0, -1}, {2, 0});
  });
  product("tensordot/outer", {{3}, {2, 2}}, [](Inputs x) { return tensordot(x[0], x[1], 0); });
  product("kron", {{2, 3}, {4, 2}}, [](Inputs x) { return kron(x[0], x[1]); });
  product("kron/ranks", {{3}, {2, 1, 2}}, [](Inputs x) { return kron(x[0], x[1]); });
  product("linear", {{6, 5}, {4, 5}, {4}}, [](Inputs x) { return linear(x[0], x[1], x[2]); });
  product("linear/3d", {{2, 3, 5}, {4, 5}, {4}}, [](Inputs x) { return linear(x[0], x[1], x[2]); });
  add_recurrent_cases(cases);
}

}  // namespace ct::test
