// Matrix products.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_matmul_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };

  const auto product = [&](const char* name, std::vector<Shape> shapes,
                           std::function<Tensor(const Tensors&)> run) {
    add_case({name, std::move(shapes), std::move(run), -1, 1, kProduct32});
  };
  const auto mm = [](Inputs x) { return matmul(x[0], x[1]); };
  product("matmul", {{7, 5}, {5, 11}}, mm);
  product("matmul/large", {{37, 65}, {65, 41}}, mm);
  product("matmul/batch", {{3, 4, 5}, {3, 5, 6}}, mm);
  product("matmul/broadcast", {{3, 1, 4, 5}, {2, 5, 6}}, mm);
  product("matmul/shared", {{3, 4, 5}, {5, 6}}, mm);
  product("matmul/vector", {{5, 7}, {7}}, mm);
  product("matmul/vector_first", {{7}, {7, 5}}, mm);
  product("matmul/dot", {{9}, {9}}, mm);
  product("matmul/transposed", {{5, 7}, {11, 5}},
          [](Inputs x) { return matmul(x[0].t(), x[1].t()); });
  product("linear", {{6, 5}, {4, 5}, {4}}, [](Inputs x) { return linear(x[0], x[1], x[2]); });
  product("linear/3d", {{2, 3, 5}, {4, 5}, {4}}, [](Inputs x) { return linear(x[0], x[1], x[2]); });
}

}  // namespace ct::test
