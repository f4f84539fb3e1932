// What goes between a tensor and the host, and what has no other family.
#include <span>

#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_handle_cases(std::vector<OpCase>& cases) {
  const auto plain = [&](const char* name, std::function<Tensor(Inputs)> run) {
    cases.push_back(
        {.name = name, .shapes = {{3, 5}}, .run = std::move(run), .differentiable = false});
  };
  plain("detach", [](Inputs x) { return x[0].detach(); });
  plain("to_vector", [](Inputs x) {
    const auto values = x[0].to_vector<double>();
    return from_values(values.data(), float64, x[0].shape(),
                       {.dtype = x[0].dtype(), .device = x[0].device()});
  });
  plain("copy_from", [](Inputs x) {
    const auto values = x[0].to_vector<double>();
    Tensor y = empty_like(x[0]);
    y.copy_from(std::span<const double>(values));
    return y;
  });
  plain("item",
        [](Inputs x) { return full_like(x[0], x[0].select(0, 1).select(0, -1).item<double>()); });
  plain("item_scalar",
        [](Inputs x) { return full_like(x[0], x[0].select(0, 1).select(0, -1).item_scalar()); });
  plain("pointwise_", [](Inputs x) {
    static const ProgramPtr program = [] {
      PointwiseBuilder b("step", 2, 1);
      b.output(b.input(0) - b.scalar(0) * b.input(1));
      return b.build();
    }();
    const Tensor y = x[0].clone();
    const Scalar rate = 0.5;
    const Tensor inputs[] = {y, x[0]};
    pointwise_(program, std::span(&y, 1), inputs, std::span(&rate, 1));
    return y;
  });
  plain("pointwise_each_", [](Inputs x) {
    static const ProgramPtr program = [] {
      PointwiseBuilder b("each_step", 2, 1);
      b.output(b.input(0) - b.scalar(0) * b.input(1));
      return b.build();
    }();
    const Scalar rate = 0.5;
    const Tensor whole = x[0].clone();
    const Tensor y[] = {x[0].clone(), whole.select(0, 0), whole.select(0, 1).clone()};
    const Tensor inputs[] = {y[0], x[0], y[1], y[1].clone(), y[2], y[2].clone()};
    const std::span<const Tensor> all(inputs), outputs(y);
    const PointwiseLists calls[] = {{outputs.first(1), all.first(2)},
                                    {outputs.subspan(1, 1), all.subspan(2, 2)},
                                    {outputs.subspan(2, 1), all.subspan(4, 2)}};
    pointwise_each_(program, calls, std::span(&rate, 1));
    return y[0] + y[1] * y[2];
  });
  cases.push_back({"zero_", {{3, 5}}, [](Inputs x) {
                     Tensor y = x[0].clone();
                     y.zero_();
                     return y * x[0] + x[0].square();
                   }});
}

}  // namespace ct::test
