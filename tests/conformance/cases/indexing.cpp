// Picking and placing by index and by mask.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {

using Inputs = const Tensors&;

/// Indices on the inputs' device.
template <class T>
Tensor at(Inputs x, std::initializer_list<T> values) {
  return tensor(values, {.device = x[0].device()});
}
template <class T>
Tensor at(Inputs x, std::initializer_list<std::initializer_list<T>> values) {
  return tensor(values, {.device = x[0].device()});
}

}  // namespace

void add_indexing_cases(std::vector<OpCase>& cases) {
  const auto picked = [&](const char* name, std::vector<Shape> shapes,
                          std::function<Tensor(const Tensors&)> run) {
    cases.push_back(squared(name, std::move(shapes), std::move(run), kProduct32));
  };
  picked("gather", {{4, 5}}, [](Inputs x) {
    return gather(x[0], 1, at(x, {{0, 4}, {1, 1}, {3, 2}}));
  });
  picked("index_select", {{4, 5}}, [](Inputs x) {
    return index_select(x[0], 0, at(x, {3, 0, 3}));
  });
  picked("take", {{4, 5}}, [](Inputs x) { return take(x[0], at(x, {{3, -1}, {19, 3}})); });
  picked("take_along_dim", {{4, 5}}, [](Inputs x) {
    return take_along_dim(x[0], at(x, {{0, -1, 4, 2, 2, 2}}), 1);
  });
  picked("masked_select", {{4, 5}}, [](Inputs x) {
    return masked_select(x[0], at(x, {true, false, true, true, false}));
  });
  picked("embedding", {{6, 3}}, [](Inputs x) {
    return embedding(at(x, {{5, 1, 1}, {0, 2, 5}}), x[0]);
  });
  picked("embedding/padding", {{6, 3}}, [](Inputs x) {
    // Only the gradient differs from the function's, at the row that is not used here.
    return embedding(at(x, {5, 1, 1}), x[0], 0);
  });
  picked("embedding_bag", {{6, 3}}, [](Inputs x) {
    return embedding_bag(at(x, {{5, 1, 1}, {0, 2, 5}}), x[0]);
  });
  picked("embedding_bag/sum_weights", {{6, 3}, {5}}, [](Inputs x) {
    return embedding_bag(at(x, {5, 1, 1, 0, 2}), x[0], at(x, {0, 3, 3}),
                         {.mode = EmbeddingBagMode::sum, .per_sample_weights = x[1]});
  });
  picked("embedding_bag/sum_padding", {{6, 3}}, [](Inputs x) {
    // The row of padding, which is not in the gradient, is not in the function either.
    return embedding_bag(
        at(x, {5, 1, 4, 0, 2}), x[0], at(x, {0, 1, 5}),
        {.mode = EmbeddingBagMode::sum, .include_last_offset = true, .padding_idx = 4});
  });
  picked("embedding_bag/max", {{6, 3}}, [](Inputs x) {
    return embedding_bag(at(x, {5, 1, 1, 0, 2}), x[0], at(x, {0, 3, 3}),
                         {.mode = EmbeddingBagMode::max});
  });
  picked("scatter", {{4, 5}, {3, 2}}, [](Inputs x) {
    return scatter(x[0], 1, at(x, {{0, 4}, {1, 1}, {3, 2}}), x[1]);
  });
  picked("scatter/number", {{4, 5}}, [](Inputs x) {
    return scatter(x[0], 0, at(x, {{0, 3}, {1, 1}}), 1.5);
  });
  picked("scatter_add", {{4, 5}, {3, 3}}, [](Inputs x) {
    return scatter_add(x[0], 0, at(x, {{0, 3}, {1, 1}, {1, 3}}), x[1]);
  });
  for (const char* reduce : {"sum", "prod", "mean", "amax", "amin"}) {
    for (const bool include_self : {true, false}) {
      const std::string name =
          std::string("scatter_reduce/") + reduce + (include_self ? "" : "_without_self");
      picked(name.c_str(), {{4, 3}, {5, 3}}, [=](Inputs x) {
        return scatter_reduce(x[0], 0, at(x, {{0, 3}, {1, 1}, {1, 3}, {1, 0}}), x[1], reduce,
                              include_self);
      });
    }
  }
  picked("index_add", {{4, 3}, {3, 3}}, [](Inputs x) {
    return index_add(x[0], 0, at(x, {2, 0, 2}), x[1], -0.5);
  });
  picked("index_copy", {{3, 4}, {3, 3}}, [](Inputs x) {
    return index_copy(x[0], 1, at(x, {2, 0, 2}), x[1]);
  });
  picked("index_fill", {{3, 4}}, [](Inputs x) { return index_fill(x[0], -1, at(x, {2, 0}), 3); });
  picked("masked_fill", {{3, 4}}, [](Inputs x) {
    return masked_fill(x[0], at(x, {true, false, false, true}), 0.5);
  });
  picked("masked_fill/tensor", {{3, 4}, {}}, [](Inputs x) {
    return masked_fill(x[0], at(x, {true, false, false, true}), x[1]);
  });
  picked("masked_scatter", {{3, 4}, {2, 4}}, [](Inputs x) {
    return masked_scatter(x[0], at(x, {true, false, false, true}), x[1]);
  });
  const auto positions = [&](const char* name, std::function<Tensor(const Tensors&)> run) {
    OpCase c{name, {{4, 5}}, std::move(run)};
    c.differentiable = false;
    cases.push_back(std::move(c));
  };
  positions("nonzero", [](Inputs x) { return nonzero(x[0] > 0.25); });
  positions("one_hot", [](Inputs x) { return one_hot((x[0] > 0).to(int64), 3); });

  picked("index/rows", {{4, 5}}, [](Inputs x) { return x[0].index({at(x, {{3, -1}, {0, 3}})}); });
  picked("index/column", {{4, 5}}, [](Inputs x) {
    return x[0].index({Slice(1), at(x, {3, 0, 3})});
  });
  picked("index/pairs", {{3, 4, 2}}, [](Inputs x) {
    return x[0].index({at(x, {{2}, {-1}}), at(x, {0, 3, 0})});
  });
  picked("index/apart", {{3, 4, 2}}, [](Inputs x) {
    return x[0].index({at(x, {2, 0, 2}), Slice(3, 0, -1), at(x, {1, 0, 1})});
  });
  picked("index/none_and_number", {{3, 4, 2}}, [](Inputs x) {
    return x[0].index({1, None, at(x, {3, 0, 3}), Ellipsis});
  });
  picked("index/mask", {{3, 4, 2}}, [](Inputs x) {
    return x[0].index(
        {Slice(), at(x, {{true, false}, {false, true}, {true, true}, {false, false}})});
  });
  picked("index/mask_and_numbers", {{3, 4}}, [](Inputs x) {
    return x[0].index({at(x, {true, false, true}), at(x, {3, 1})});
  });
  picked("index_put/slice", {{3, 4}, {2}}, [](Inputs x) {
    return index_put(x[0], {Slice(1), Slice(0, 4, 2)}, x[1]);
  });
  picked("index_put/add_slice", {{3, 4}, {2, 1}}, [](Inputs x) {
    return index_put(x[0], {Slice(1), Slice(std::nullopt, std::nullopt, -2)}, x[1], true);
  });
  picked("index_put/rows", {{4, 3}, {3, 3}}, [](Inputs x) {
    return index_put(x[0], {at(x, {3, 0, 3})}, x[1]);
  });
  picked("index_put/add_rows", {{4, 3}, {3, 1}}, [](Inputs x) {
    return index_put(x[0], {at(x, {3, 0, -1})}, x[1], true);
  });
  picked("index_put/apart", {{3, 4, 2}, {3, 2}}, [](Inputs x) {
    return index_put(x[0], {at(x, {2, 0, 2}), Slice(1, 3), at(x, {1, 0, 1})}, x[1]);
  });
  picked("index_put/pairs", {{3, 4, 2}, {3, 2}}, [](Inputs x) {
    return index_put(x[0], {at(x, {2, 0, 2}), at(x, {1, -1, 1})}, x[1]);
  });
  picked("index_put/mask", {{3, 4}, {}}, [](Inputs x) {
    return index_put(x[0], {at(x, {true, false, true})}, x[1]);
  });
}

void add_in_place_view_cases(std::vector<OpCase>& cases) {
  const auto changed = [&](const char* name, std::vector<Shape> shapes,
                           std::function<Tensor(const Tensors&)> run) {
    cases.push_back({name, std::move(shapes), std::move(run), -2, 2, kProduct32});
  };
  changed("copy_/view", {{3, 4}, {4}}, [](Inputs x) {
    Tensor y = x[0] * x[0];
    y.select(0, 1).copy_(x[1] * x[1]);
    return y * y;
  });
  changed("copy_/new_base", {{3}, {3}}, [](Inputs x) {
    const Tensor y = zeros({2, 3}, {.dtype = x[0].dtype(), .device = x[0].device()});
    y.select(0, 0).copy_(x[0] * x[1]);
    y.select(0, 1).copy_(x[1]);
    return y * y;
  });
  changed("mul_/view_of_view", {{4, 4}, {2}}, [](Inputs x) {
    const Tensor y = x[0] * 2;
    const Tensor rows = y.slice(0, Slice(1, 3));
    const Tensor before = y.t();
    rows.select(1, 2).mul_(x[1]);
    rows.select(1, 2).mul_(x[1]);
    return before * rows.sum() + y;  // both read after the change
  });
  changed("add_/several_views", {{3, 4}, {3, 4}}, [](Inputs x) {
    Tensor y = x[0] * x[1];
    const Tensor first = y.select(1, 0);
    const Tensor part = y.index({Slice(), Slice(0, 2)});
    y.index({Slice(), Slice(0, 2)}) += x[1].index({Slice(), Slice(2)});
    y *= x[0];
    y.diagonal().add_(x[1].select(1, 3));
    return first.unsqueeze(1) * part * part.sum() + y.sum();
  });
  changed("fill_/view", {{3, 4}}, [](Inputs x) {
    Tensor y = x[0] * x[0];
    y.select(0, 1).fill_(0.5);
    return y * x[0];
  });
  changed("masked_fill_/view", {{3, 4}}, [](Inputs x) {
    Tensor y = x[0] * x[0];
    y.select(0, 1).masked_fill_(x[0].select(0, 2) > 0, 0.5);
    return y * x[0];
  });
  changed("index_put_/view", {{3, 4}, {2}}, [](Inputs x) {
    Tensor y = x[0] * x[0];
    y.t().index_put_({tensor({0, 3}, {.device = x[0].device()}), 1}, x[1]);
    return y * x[0];
  });
  changed("scatter_add_/view", {{3, 4}, {1, 4}}, [](Inputs x) {
    Tensor y = x[0] * x[0];
    y.slice(0, Slice(1)).scatter_add_(0, tensor({{0, 1, 1, 0}}, {.device = x[0].device()}), x[1]);
    return y * x[0];
  });
  /// x0² with its last rows changed by `change`, so that all go through a view.
  const auto placed = [&](const char* name, Shape values,
                          std::function<void(Tensor&, const Tensor&, Inputs)> change) {
    changed(name, {{3, 4}, values}, [change = std::move(change)](Inputs x) {
      const Tensor y = x[0] * x[0];
      Tensor rows = y.slice(0, Slice(1));
      change(rows, x[1] * x[1], x);
      return y * x[0];
    });
  };
  placed("scatter_/view", {2, 1}, [](Tensor& rows, const Tensor& v, Inputs x) {
    rows.scatter_(1, at(x, {{3}, {1}}), v);
  });
  placed("scatter_reduce_/view", {2, 2}, [](Tensor& rows, const Tensor& v, Inputs x) {
    rows.scatter_reduce_(1, at(x, {{3, 3}, {1, 0}}), v, "prod");
  });
  placed("index_add_/view", {2, 3}, [](Tensor& rows, const Tensor& v, Inputs x) {
    rows.index_add_(1, at(x, {3, 0, 3}), v, 2);
  });
  placed("index_copy_/view", {2, 2}, [](Tensor& rows, const Tensor& v, Inputs x) {
    rows.index_copy_(1, at(x, {3, 0}), v);
  });
  placed("index_fill_/view", {2}, [](Tensor& rows, const Tensor& v, Inputs x) {
    rows.select(1, 1).copy_(v);
    rows.index_fill_(1, at(x, {3, 0}), 2);
  });
  placed("masked_scatter_/view", {3}, [](Tensor& rows, const Tensor& v, Inputs x) {
    rows.masked_scatter_(at(x, {{true, false, false, true}, {false, true, false, false}}), v);
  });
  changed("add_/transposed_base", {{3, 4}, {4}}, [](Inputs x) {
    // The base of the view is not in row-major order.
    const TensorOptions options{.dtype = x[0].dtype(), .device = x[0].device()};
    Tensor base = zeros({4, 3}, options).t().detach();
    base.copy_(x[0]);
    base.select(0, 1).add_(x[1]);
    return base * base;
  });
}

}  // namespace ct::test
