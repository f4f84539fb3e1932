// Views, joining, picking.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_shape_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };

  const auto moved = [&](const char* name, std::vector<Shape> shapes,
                         std::function<Tensor(const Tensors&)> run) {
    // Times itself, so that the gradient is not constant.
    add_case({name, std::move(shapes), [run = std::move(run)](Inputs x) {
                const Tensor y = run(x);
                return y * y;
              }});
  };
  moved("reshape", {{3, 4, 5}}, [](Inputs x) { return x[0].reshape({5, -1}); });
  moved("reshape/copy", {{3, 4, 5}}, [](Inputs x) { return x[0].transpose(0, 2).reshape({-1}); });
  moved("permute", {{3, 4, 5}}, [](Inputs x) { return x[0].permute({2, 0, 1}); });
  moved("expand", {{3, 1, 5}}, [](Inputs x) { return x[0].expand({2, 3, 4, 5}); });
  moved("squeeze/unsqueeze", {{3, 1, 5}},
        [](Inputs x) { return x[0].squeeze(1).unsqueeze(0).unsqueeze(-1); });
  moved("select", {{3, 4, 5}}, [](Inputs x) { return x[0].select(1, -2); });
  moved("slice/step", {{9, 4}}, [](Inputs x) { return x[0].slice(0, Slice(1, 8, 3)); });
  moved("slice/reversed", {{9, 4}},
        [](Inputs x) { return x[0].slice(0, Slice(std::nullopt, std::nullopt, -2)); });
  moved("index", {{3, 4, 5}}, [](Inputs x) {
    return x[0].index({1, Slice(0, 2), Ellipsis, None});
  });
  moved("flatten", {{2, 3, 4}}, [](Inputs x) { return x[0].flatten(1); });
  moved("contiguous", {{3, 4}}, [](Inputs x) { return x[0].t().contiguous(); });
  moved("cat", {{2, 3}, {2, 1}, {2, 4}}, [](Inputs x) { return cat({x[0], x[1], x[2]}, 1); });
  moved("stack", {{2, 3}, {2, 3}}, [](Inputs x) { return stack({x[0], x[1]}, 1); });
  moved("split", {{7, 3}}, [](Inputs x) { return split(x[0], 3)[2]; });
  moved("gather", {{4, 5}}, [](Inputs x) {
    return gather(x[0], 1, tensor({{0, 4}, {1, 1}, {3, 2}}, {.device = x[0].device()}));
  });
  moved("index_select", {{4, 5}}, [](Inputs x) {
    return index_select(x[0], 0, tensor({3, 0, 3}, {.device = x[0].device()}));
  });
  moved("to/same", {{4, 5}}, [](Inputs x) { return x[0].clone().to(x[0].device()); });
}

}  // namespace ct::test
