// Ops that the reference data names: gather, scatter, masks, indexing by tensors.
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

/// The indices of x[...] that `how` names (`places` in op_tables/indexing.py), `i` being the first.
std::vector<Index> places(const std::string& how, In x, size_t i) {
  if (how == "columns") return {Slice(), x[i]};
  if (how == "both") return {x[i], x[i + 1]};
  if (how == "around") return {x[i], Slice(), x[i + 1]};
  return {x[i]};  // rows, mask, row_mask
}

}  // namespace

void add_indexing_ops(DataOps& ops) {
  ops["gather"] = [](In x, A a) { return Tensors{gather(x[0], a.integer("dim"), x[1])}; };
  ops["take_along_dim"] = [](In x, A a) {
    return Tensors{take_along_dim(x[0], x[1], a.maybe_integer("dim"))};
  };
  ops["index_select"] = [](In x, A a) {
    return Tensors{index_select(x[0], a.integer("dim"), x[1])};
  };
  ops["take"] = [](In x, A) { return Tensors{take(x[0], x[1])}; };
  ops["scatter"] = [](In x, A a) {
    return Tensors{x.size() == 3 ? scatter(x[0], a.integer("dim"), x[1], x[2])
                                 : scatter(x[0], a.integer("dim"), x[1], a.scalar("value"))};
  };
  ops["scatter_add"] = [](In x, A a) {
    return Tensors{scatter_add(x[0], a.integer("dim"), x[1], x[2])};
  };
  ops["scatter_reduce"] = [](In x, A a) {
    return Tensors{scatter_reduce(x[0], a.integer("dim"), x[1], x[2], a.text("reduce"),
                                  a.flag("include_self"))};
  };
  ops["index_add"] = [](In x, A a) {
    return Tensors{index_add(x[0], a.integer("dim"), x[1], x[2], a.scalar("alpha"))};
  };
  ops["index_copy"] = [](In x, A a) {
    return Tensors{index_copy(x[0], a.integer("dim"), x[1], x[2])};
  };
  ops["index_fill"] = [](In x, A a) {
    return Tensors{index_fill(x[0], a.integer("dim"), x[1], a.scalar("value"))};
  };
  ops["masked_select"] = [](In x, A) { return Tensors{masked_select(x[0], x[1])}; };
  ops["masked_fill"] = [](In x, A a) {
    return Tensors{x.size() == 3 ? masked_fill(x[0], x[1], x[2])
                                 : masked_fill(x[0], x[1], a.scalar("value"))};
  };
  ops["masked_scatter"] = [](In x, A) { return Tensors{masked_scatter(x[0], x[1], x[2])}; };
  ops["nonzero"] = [](In x, A) { return Tensors{nonzero(x[0])}; };
  ops["embedding"] = [](In x, A a) {
    return Tensors{embedding(x[0], x[1], a.maybe_integer("padding_idx"))};
  };
  ops["one_hot"] = [](In x, A a) { return Tensors{one_hot(x[0], a.integer("num_classes", -1))}; };
  ops["index"] = [](In x, A a) {
    return Tensors{x[0].index(std::span<const Index>(places(a.text("how"), x, 1)))};
  };
  ops["index_put"] = [](In x, A a) {
    return Tensors{x[0].index_put(std::span<const Index>(places(a.text("how"), x, 2)), x[1],
                                  a.flag("accumulate"))};
  };
}

}  // namespace ct::test
