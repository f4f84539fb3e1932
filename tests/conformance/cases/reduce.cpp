// Reductions.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_reduce_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };

  const auto reduction = [&](const char* name, Tensor (*op)(const Tensor&, const Axes&, bool)) {
    add_case({std::string(name) + "/all",
              {{3, 5, 7}},
              [op](Inputs x) { return op(x[0], {}, false); },
              -2,
              2,
              kProduct32});
    add_case({std::string(name) + "/last",
              {{3, 5, 7}},
              [op](Inputs x) { return op(x[0], {-1}, true); },
              -2,
              2,
              kProduct32});
    add_case({std::string(name) + "/first",
              {{3, 5, 7}},
              [op](Inputs x) { return op(x[0], {0}, false); },
              -2,
              2,
              kProduct32});
    add_case({std::string(name) + "/outer",
              {{3, 5, 7}},
              [op](Inputs x) {
                return op(x[0], {0, 2}, true);
              },
              -2,
              2,
              kProduct32});
  };
  reduction("sum", sum);
  reduction("mean", mean);
  reduction("amax", amax);
  reduction("amin", amin);
  reduction("var",
            [](const Tensor& x, const Axes& axes, bool keep) { return var(x, axes, 1, keep); });
  add_case({"max/axis", {{4, 6, 5}}, [](Inputs x) { return max(x[0], 1).first; }});
  add_case({"min/axis", {{4, 6, 5}}, [](Inputs x) { return min(x[0], -1, true).first; }});
  add_case({"sum_to",
            {{3, 5, 7}},
            [](Inputs x) {
              return sum_to(x[0], {5, 1});
            },
            -2,
            2,
            kProduct32});
}

}  // namespace ct::test
