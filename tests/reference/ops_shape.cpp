// Ops that the reference data names: views, joining, splitting, rearranging.
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

PadMode pad_mode(const std::string& mode) {
  return mode == "reflect"     ? PadMode::reflect
         : mode == "replicate" ? PadMode::replicate
         : mode == "circular"  ? PadMode::circular
                               : PadMode::constant;
}

void add_view_ops(DataOps& ops) {
  ops["reshape"] = [](In x, A a) { return Tensors{reshape(x[0], a.shape("shape"))}; };
  ops["view"] = [](In x, A a) { return Tensors{x[0].view(a.shape("size"))}; };
  ops["t"] = [](In x, A) { return Tensors{x[0].t()}; };
  ops["slice"] = [](In x, A a) {
    const Slice slice(a.maybe_integer("start"), a.maybe_integer("stop"), a.integer("step"));
    return Tensors{x[0].slice(a.integer("dim"), slice)};
  };
  ops["as_strided"] = [](In x, A a) {
    Strides strides;
    for (const int64_t stride : a.list("stride")) strides.push_back(stride);
    return Tensors{as_strided(x[0], a.shape("size"), strides, a.integer("storage_offset"))};
  };
  ops["flatten"] = [](In x, A a) {
    return Tensors{flatten(x[0], a.integer("start_dim"), a.integer("end_dim", -1))};
  };
  ops["unflatten"] = [](In x, A a) {
    return Tensors{unflatten(x[0], a.integer("dim"), a.shape("sizes"))};
  };
  ops["squeeze"] = [](In x, A a) {
    return Tensors{a.has("dim") ? squeeze(x[0], a.integer("dim")) : squeeze(x[0])};
  };
  ops["unsqueeze"] = [](In x, A a) { return Tensors{unsqueeze(x[0], a.integer("dim"))}; };
  ops["transpose"] = [](In x, A a) {
    return Tensors{transpose(x[0], a.integer("dim0"), a.integer("dim1"))};
  };
  ops["permute"] = [](In x, A a) { return Tensors{permute(x[0], a.dims("dims"))}; };
  ops["movedim"] = [](In x, A a) {
    return Tensors{movedim(x[0], a.dims("source"), a.dims("destination"))};
  };
  ops["swapaxes"] = [](In x, A a) {
    return Tensors{swapaxes(x[0], a.integer("axis0"), a.integer("axis1"))};
  };
  ops["broadcast_to"] = [](In x, A a) { return Tensors{broadcast_to(x[0], a.shape("size"))}; };
  ops["expand"] = [](In x, A a) { return Tensors{x[0].expand(a.shape("size"))}; };
  ops["diagonal"] = [](In x, A a) {
    return Tensors{diagonal(x[0], a.integer("offset"), a.integer("dim1", 0), a.integer("dim2", 1))};
  };
  ops["narrow"] = [](In x, A a) {
    return Tensors{narrow(x[0], a.integer("dim"), a.integer("start"), a.integer("length"))};
  };
  ops["select"] = [](In x, A a) {
    return Tensors{select(x[0], a.integer("dim"), a.integer("index"))};
  };
  ops["unfold"] = [](In x, A a) {
    return Tensors{x[0].unfold(a.integer("dimension"), a.integer("size"), a.integer("step"))};
  };
  ops["split"] = [](In x, A a) {
    const auto sizes = a.list("split_size_or_sections");
    return sizes.size() == 1 ? split(x[0], sizes[0], a.integer("dim"))
                             : split(x[0], std::span(sizes), a.integer("dim"));
  };
  ops["chunk"] = [](In x, A a) { return chunk(x[0], a.integer("chunks"), a.integer("dim")); };
  ops["tensor_split"] = [](In x, A a) {
    const auto at = a.list("indices");
    return a.has("sections") ? tensor_split(x[0], a.integer("sections"), a.integer("dim"))
                             : tensor_split(x[0], std::span(at), a.integer("dim"));
  };
  ops["unbind"] = [](In x, A a) { return unbind(x[0], a.integer("dim")); };
  ops["contiguous"] = [](In x, A) { return Tensors{x[0].contiguous()}; };
  ops["clone"] = [](In x, A) { return Tensors{x[0].clone()}; };
}

}  // namespace

void add_shape_ops(DataOps& ops) {
  add_view_ops(ops);
  ops["cat"] = [](In x, A a) { return Tensors{cat(x, a.integer("dim"))}; };
  ops["stack"] = [](In x, A a) { return Tensors{stack(x, a.integer("dim"))}; };
  ops["hstack"] = [](In x, A) { return Tensors{hstack(x)}; };
  ops["vstack"] = [](In x, A) { return Tensors{vstack(x)}; };
  ops["dstack"] = [](In x, A) { return Tensors{dstack(x)}; };
  ops["meshgrid"] = [](In x, A a) { return meshgrid(x, a.text("indexing")); };
  ops["repeat"] = [](In x, A a) { return Tensors{repeat(x[0], a.dims("repeats"))}; };
  ops["tile"] = [](In x, A a) { return Tensors{tile(x[0], a.dims("dims"))}; };
  ops["repeat_interleave"] = [](In x, A a) {
    const auto axis = a.maybe_integer("dim");
    return Tensors{x.size() == 2 ? repeat_interleave(x[0], x[1], axis)
                                 : repeat_interleave(x[0], a.integer("repeats"), axis)};
  };
  ops["flip"] = [](In x, A a) { return Tensors{flip(x[0], a.dims("dims"))}; };
  ops["roll"] = [](In x, A a) { return Tensors{roll(x[0], a.dims("shifts"), a.dims("dims"))}; };
  ops["rot90"] = [](In x, A a) { return Tensors{rot90(x[0], a.integer("k"), a.dims("dims"))}; };
  ops["diag"] = [](In x, A a) { return Tensors{diag(x[0], a.integer("diagonal"))}; };
  ops["diag_embed"] = [](In x, A a) {
    return Tensors{
        diag_embed(x[0], a.integer("offset"), a.integer("dim1", -2), a.integer("dim2", -1))};
  };
  ops["tril"] = [](In x, A a) { return Tensors{tril(x[0], a.integer("diagonal"))}; };
  ops["triu"] = [](In x, A a) { return Tensors{triu(x[0], a.integer("diagonal"))}; };
  ops["pad"] = [](In x, A a) {
    const auto amounts = a.list("pad");
    return Tensors{pad(x[0], std::span(amounts), pad_mode(a.text("mode")), a.scalar("value", 0))};
  };
}

}  // namespace ct::test
