// Making tensors, from values and from random streams. The input of a row says in which type and
// where; draws come from a fixed place of a stream.
#include <cmath>

#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;

TensorOptions like(const Tensor& x) { return {.dtype = x.dtype(), .device = x.device()}; }
}  // namespace

void add_creation_cases(std::vector<OpCase>& cases) {
  const auto made = [&](const char* name, std::function<Tensor(const Tensor&)> run) {
    cases.push_back({name, {{3, 4}}, [run = std::move(run)](Inputs x) { return run(x[0]); }});
    cases.back().differentiable = false;
  };
  made("zeros", [](const Tensor& x) { return zeros({3, 0, 2}, like(x)); });
  made("ones", [](const Tensor& x) { return ones({2, 3}, like(x)); });
  made("full", [](const Tensor& x) { return full({2, 3}, 1.5, like(x)); });
  made("empty", [](const Tensor& x) { return empty({5}, like(x)).fill_(2); });
  made("zeros_like", [](const Tensor& x) { return zeros_like(x); });
  made("ones_like", [](const Tensor& x) { return ones_like(x); });
  made("full_like", [](const Tensor& x) { return full_like(x, -0.75); });
  made("empty_like", [](const Tensor& x) { return empty_like(x).copy_(x); });
  made("arange", [](const Tensor& x) { return arange(-2, 3, 0.5, like(x)); });
  made("linspace", [](const Tensor& x) { return linspace(-1, 2, 7, like(x)); });
  made("logspace", [](const Tensor& x) { return logspace(-1, 1, 5, 2.0, like(x)); });
  made("eye", [](const Tensor& x) { return eye(3, 5, like(x)); });
  made("tensor", [](const Tensor& x) { return tensor({{{1.0, 2.0}}, {{3.5, 4.0}}}, like(x)); });
  made("from_values", [](const Tensor& x) {
    const float values[] = {1, 2, 3, 4, 5, 6};
    return from_values(values, float32, {2, 3}, like(x));
  });
  made("from_blob", [](const Tensor& x) {
    static float values[] = {1, 2, 3, 4, 5, 6};
    return from_blob(values, {3, 2}, {1, 3}).to(x.dtype()).to(x.device());
  });

  // Types draw different numbers: what is compared is the awkward view with the dense tensor, and
  // shapes. tests/ops/random_test.cpp looks at the numbers.
  const auto drawn = [&](const char* name, std::function<Tensor(const Tensor&, Generator*)> run) {
    made(name, [run = std::move(run)](const Tensor& x) {
      Generator stream(11);
      return run(x, &stream);
    });
    cases.back().tolerance = INFINITY;
    cases.back().low = 0;
    cases.back().high = 1;
  };
  drawn("rand", [](const Tensor& x, Generator* g) { return rand({4, 5}, like(x), g); });
  drawn("randn", [](const Tensor& x, Generator* g) { return randn({4, 5}, like(x), g); });
  drawn("randint", [](const Tensor& x, Generator* g) { return randint(-3, 9, {4}, like(x), g); });
  drawn("randperm", [](const Tensor& x, Generator* g) { return randperm(7, like(x), g); });
  drawn("rand_like", [](const Tensor& x, Generator* g) { return rand_like(x, {}, g); });
  drawn("randn_like", [](const Tensor& x, Generator* g) { return randn_like(x, {}, g); });
  drawn("randint_like", [](const Tensor& x, Generator* g) { return randint_like(x, 0, 5, {}, g); });
  drawn("normal", [](const Tensor& x, Generator* g) { return normal(2, 3, {4, 5}, like(x), g); });
  drawn("normal/tensors", [](const Tensor& x, Generator* g) { return normal(-x, x, g); });
  drawn("exponential", [](const Tensor& x, Generator* g) {
    return exponential({4, 5}, 2, like(x), g);
  });
  drawn("bernoulli",
        [](const Tensor& x, Generator* g) { return bernoulli({40}, 0.3, like(x), g); });
  drawn("bernoulli/tensor", [](const Tensor& x, Generator* g) { return bernoulli(x, g); });
  drawn("multinomial", [](const Tensor& x, Generator* g) { return multinomial(x, 3, false, g); });
  drawn("multinomial/replacement",
        [](const Tensor& x, Generator* g) { return multinomial(x, 9, true, g); });
  drawn("uniform_", [](const Tensor& x, Generator* g) { return x.clone().uniform_(-1, 2, g); });
  drawn("normal_", [](const Tensor& x, Generator* g) { return x.clone().normal_(1, 2, g); });
  drawn("exponential_",
        [](const Tensor& x, Generator* g) { return x.clone().exponential_(0.5, g); });
  drawn("bernoulli_", [](const Tensor& x, Generator* g) { return x.clone().bernoulli_(0.3, g); });
  drawn("bernoulli_/tensor",
        [](const Tensor& x, Generator* g) { return x.clone().bernoulli_(x, g); });
  drawn("random_", [](const Tensor& x, Generator* g) { return x.clone().random_(3, 20, g); });
}

}  // namespace ct::test
