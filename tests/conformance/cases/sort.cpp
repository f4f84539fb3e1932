// Order, selection, histograms, search.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_sort_cases(std::vector<OpCase>& cases) {
  const auto values = [&](const char* name, Shape shape, std::function<Tensor(Inputs)> run) {
    cases.push_back(squared(name, {shape}, std::move(run)));
  };
  values("sort", {3, 7, 4}, [](Inputs x) { return sort(x[0], 1).first; });
  values("sort/descending", {5, 7}, [](Inputs x) { return sort(x[0], -1, true).first; });
  values("topk", {4, 9}, [](Inputs x) { return topk(x[0], 3).first; });
  values("topk/smallest", {9, 4}, [](Inputs x) { return topk(x[0], 3, 0, false).first; });
  values("kthvalue", {4, 9}, [](Inputs x) { return kthvalue(x[0], 4).first; });
  values("median", {3, 5}, [](Inputs x) { return median(x[0]); });
  values("median/axis", {4, 8}, [](Inputs x) { return median(x[0], 1, true).first; });
  values("nanmedian", {3, 5}, [](Inputs x) { return nanmedian(x[0]); });
  values("nanmedian/axis", {8, 4}, [](Inputs x) { return nanmedian(x[0], 0).first; });
  cases.push_back({"bincount/weights", {{7}}, [](Inputs x) {
                     const Tensor at = tensor({2, 0, 2, 5, 1, 2, 0}, {.device = x[0].device()});
                     return bincount(at, x[0], 4).to(x[0].dtype()).square();
                   }});

  const auto plain = [&](const char* name, std::vector<Shape> shapes,
                         std::function<Tensor(Inputs)> run) {
    cases.push_back({.name = name,
                     .shapes = std::move(shapes),
                     .run = std::move(run),
                     .differentiable = false});
  };
  plain("sort/places", {{3, 7, 4}}, [](Inputs x) { return sort(x[0], 1).second; });
  plain("argsort", {{5, 7}}, [](Inputs x) { return argsort(x[0], 0, true); });
  plain("topk/places", {{4, 9}}, [](Inputs x) { return topk(x[0], 3).second; });
  plain("kthvalue/places", {{4, 9}}, [](Inputs x) { return kthvalue(x[0], 4, 0).second; });
  plain("median/places", {{4, 8}}, [](Inputs x) { return median(x[0], 1).second; });
  plain("unique", {{4, 9}}, [](Inputs x) { return unique(floor(x[0])).values; });
  plain("unique/inverse", {{4, 9}},
        [](Inputs x) { return unique(floor(x[0]), {.inverse = true}).inverse; });
  plain("unique/counts", {{4, 9}},
        [](Inputs x) { return unique(floor(x[0]), {.counts = true}).counts; });
  plain("unique/axis", {{9, 2}}, [](Inputs x) { return unique(floor(x[0]), {.axis = 0}).values; });
  plain("unique_consecutive", {{19}},
        [](Inputs x) { return unique_consecutive(floor(x[0])).values; });
  plain("bincount", {{19}}, [](Inputs x) { return bincount(floor(x[0] + 2.0).to(int64)); });
  plain("histc", {{5, 7}}, [](Inputs x) { return histc(x[0], 8, -2, 2); });
  plain("searchsorted", {{3, 9}, {3, 5}},
        [](Inputs x) { return searchsorted(sort(x[0]).first, x[1]); });
  plain("searchsorted/shared", {{9}, {3, 5}}, [](Inputs x) {
    return searchsorted(x[0], x[1], {.right = true, .sorter = argsort(x[0])});
  });
  plain("bucketize", {{3, 5}, {9}}, [](Inputs x) { return bucketize(x[0], sort(x[1]).first); });
}

}  // namespace ct::test
