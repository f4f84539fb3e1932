// Normalisation and losses.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
Tensor labels(Device device) { return tensor({2, 0, 3, 1, 2}, {.dtype = int64, .device = device}); }

}  // namespace

void add_norm_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };

  const auto composed = [&](const char* name, std::vector<Shape> shapes,
                            std::function<Tensor(const Tensors&)> run) {
    add_case({name, std::move(shapes), std::move(run), -2, 2, kProduct32});
  };
  composed("batch_norm", {{4, 3, 2, 3}, {3}, {3}},
           [](Inputs x) { return batch_norm(x[0], x[1], x[2], Tensor(), Tensor(), true); });
  composed("batch_norm/eval", {{4, 3, 5}, {3}, {3}}, [](Inputs x) {
    const TensorOptions like{.dtype = x[0].dtype(), .device = x[0].device()};
    return batch_norm(x[0], x[1], x[2], full({3}, 0.2, like), full({3}, 1.7, like), false);
  });
  composed("layer_norm", {{3, 4, 6}, {6}, {6}},
           [](Inputs x) { return layer_norm(x[0], {6}, x[1], x[2]); });
  composed("layer_norm/plain", {{5, 2, 6}}, [](Inputs x) { return layer_norm(x[0], {2, 6}); });
  composed("softmax", {{3, 7}}, [](Inputs x) { return softmax(x[0], 1); });
  composed("softmax/first", {{5, 3, 2}}, [](Inputs x) { return softmax(x[0], 0); });
  composed("log_softmax", {{3, 7}}, [](Inputs x) { return log_softmax(x[0], -1); });
  composed("cross_entropy", {{5, 4}},
           [](Inputs x) { return cross_entropy(x[0], labels(x[0].device())); });
  composed("cross_entropy/none", {{5, 4}}, [](Inputs x) {
    return cross_entropy(x[0], labels(x[0].device()), {.reduction = Reduction::none});
  });
  composed("cross_entropy/ignore", {{5, 4}}, [](Inputs x) {
    return cross_entropy(x[0], labels(x[0].device()), {.ignore_index = 2});
  });
  composed("cross_entropy/smooth", {{5, 4}}, [](Inputs x) {
    return cross_entropy(x[0], labels(x[0].device()), {.label_smoothing = 0.1});
  });
  composed("nll_loss", {{5, 4}}, [](Inputs x) { return nll_loss(x[0], labels(x[0].device())); });
  composed("mse_loss", {{5, 4}, {5, 4}}, [](Inputs x) { return mse_loss(x[0], x[1]); });
  composed("l1_loss/sum", {{5, 4}, {5, 4}},
           [](Inputs x) { return l1_loss(x[0], x[1], Reduction::sum); });
}

}  // namespace ct::test
