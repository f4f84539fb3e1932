// Reductions.
#include <cmath>

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
  reduction("prod", prod);
  reduction("logsumexp", logsumexp);
  reduction("nansum", nansum);
  reduction("nanmean", nanmean);
  reduction("var",
            [](const Tensor& x, const Axes& axes, bool keep) { return var(x, axes, 1, keep); });
  reduction("std",
            [](const Tensor& x, const Axes& axes, bool keep) { return std(x, axes, 0, keep); });
  reduction("norm",
            [](const Tensor& x, const Axes& axes, bool keep) { return norm(x, 2, axes, keep); });
  const auto other_norm = [&](const char* name, double p, bool differentiable = true) {
    add_case({name,
              {{3, 5, 7}},
              [p](Inputs x) { return norm(x[0], p, {1}); },
              -2,
              2,
              kProduct32,
              differentiable});
  };
  other_norm("norm/count", 0, false);
  other_norm("norm/sum", 1);
  other_norm("norm/half", 0.5);
  other_norm("norm/1.7", 1.7);
  other_norm("norm/3", 3);
  other_norm("norm/negative", -1.5);
  other_norm("norm/largest", INFINITY);
  other_norm("norm/smallest", -INFINITY);
  add_case({"prod/zeros",
            {{4, 6}},
            [](Inputs x) {
              const Tensor kept = tensor({{1.0, 1.0, 1.0, 1.0, 1.0, 1.0},
                                          {1.0, 1.0, 0.0, 1.0, 1.0, 1.0},
                                          {0.0, 1.0, 1.0, 1.0, 1.0, 0.0},
                                          {1.0, 0.0, 0.0, 1.0, 0.0, 1.0}},
                                         {.dtype = x[0].dtype(), .device = x[0].device()});
              return prod(x[0] * kept, {1});
            },
            -2,
            2,
            kProduct32});
  add_case({"var_mean",
            {{4, 6}},
            [](Inputs x) {
              const auto [v, m] = var_mean(x[0], {0});
              return v * m;
            },
            -2,
            2,
            kProduct32});
  add_case({"std_mean",
            {{4, 6}},
            [](Inputs x) {
              const auto [s, m] = std_mean(x[0], {1});
              return s * m;
            },
            -2,
            2,
            kProduct32});
  add_case({"aminmax", {{4, 6}}, [](Inputs x) {
              const auto [low, high] = aminmax(x[0], {1}, true);
              return low * high;
            }});
  add_case(squared("max", {{4, 6}}, [](Inputs x) { return max(x[0]); }));
  add_case(squared("min", {{4, 6}}, [](Inputs x) { return min(x[0]); }));
  const auto plain = [&](const char* name, std::function<Tensor(Inputs)> run) {
    add_case({.name = name, .shapes = {{4, 6, 3}}, .run = std::move(run), .differentiable = false});
  };
  plain("any", [](Inputs x) { return any(gt(x[0], 1.5), {1}); });
  plain("any/all", [](Inputs x) { return any(x[0]); });
  plain("all", [](Inputs x) { return all(gt(x[0], -1.5), {0, 2}, true); });
  plain("count_nonzero", [](Inputs x) { return count_nonzero(trunc(x[0]), {-1}); });
  plain("argmax", [](Inputs x) { return argmax(x[0]); });
  plain("argmax/axis", [](Inputs x) { return argmax(x[0], 1, true); });
  plain("argmin", [](Inputs x) { return argmin(x[0]); });
  plain("argmin/axis", [](Inputs x) { return argmin(x[0], 0); });
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
