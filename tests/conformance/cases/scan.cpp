// Scans.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;

/// x with every third element of a line replaced by 0.
Tensor with_zeros(const Tensor& x) {
  const Tensor kept =
      tensor({{1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0}}, {.dtype = x.dtype(), .device = x.device()});
  return x * kept;
}
}  // namespace

void add_scan_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](const char* name, Shape shape, std::function<Tensor(Inputs)> run,
                            double low = -2, double high = 2) {
    cases.push_back({name, {shape}, std::move(run), low, high, kProduct32});
  };
  add_case("cumsum", {3, 11, 5}, [](Inputs x) { return cumsum(x[0], 1); });
  const auto values = [&](const char* name, Shape shape, std::function<Tensor(Inputs)> run) {
    cases.push_back(squared(name, {shape}, std::move(run), kProduct32));
  };
  values("cumsum/last", {3, 19}, [](Inputs x) { return cumsum(x[0], -1); });
  add_case("cumsum/number", {}, [](Inputs x) { return cumsum(x[0], 0); });
  add_case("cumprod", {3, 7, 5}, [](Inputs x) { return cumprod(x[0], 1); });
  add_case(
      "cumprod/last", {3, 19}, [](Inputs x) { return cumprod(x[0], -1); }, 0.7, 1.3);
  add_case("cumprod/zeros", {4, 7}, [](Inputs x) { return cumprod(with_zeros(x[0]), 1); });
  values("cummax", {4, 9}, [](Inputs x) { return cummax(x[0], 1).first; });
  values("cummin", {9, 4}, [](Inputs x) { return cummin(x[0], 0).first; });
  add_case(
      "logcumsumexp", {4, 9}, [](Inputs x) { return logcumsumexp(x[0], 1); }, -8, 8);
  add_case("logcumsumexp/first", {9, 4}, [](Inputs x) { return logcumsumexp(x[0], 0); });
  const auto places = [&](const char* name, std::function<Tensor(Inputs)> run) {
    cases.push_back(
        {.name = name, .shapes = {{4, 9}}, .run = std::move(run), .differentiable = false});
  };
  places("cummax/places", [](Inputs x) { return cummax(x[0], 1).second; });
  places("cummin/places", [](Inputs x) { return cummin(x[0], 0).second; });
}

}  // namespace ct::test
