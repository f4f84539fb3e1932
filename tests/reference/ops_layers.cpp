// Ops that the reference data names: norms of groups, samples and rows without a mean.
#include <limits>

#include "reference/op_data.hpp"

namespace ct::test {

namespace {
using In = const Tensors&;
using A = const Args&;
Tensor at(In x, size_t i) { return i < x.size() ? x[i] : Tensor(); }
}  // namespace

void add_layer_ops(DataOps& ops) {
  ops["group_norm"] = [](In x, A a) {
    return Tensors{group_norm(x[0], a.integer("groups"), at(x, 1), at(x, 2))};
  };
  ops["instance_norm"] = [](In x, A) {
    return Tensors{instance_norm(x[0], Tensor(), Tensor(), at(x, 1), at(x, 2))};
  };
  ops["rms_norm"] = [](In x, A a) {
    return Tensors{rms_norm(x[0], a.shape("normalized"), at(x, 1),
                            a.real("eps", std::numeric_limits<float>::epsilon()))};
  };
  ops["local_response_norm"] = [](In x, A a) {
    return Tensors{
        local_response_norm(x[0], a.integer("size"), a.real("alpha"), a.real("beta"), a.real("k"))};
  };
  ops["normalize"] = [](In x, A a) {
    return Tensors{normalize(x[0], a.real("p"), a.integer("dim"))};
  };
  ops["adaptive_avg_pool1d"] = [](In x, A a) {
    return Tensors{adaptive_avg_pool1d(x[0], a.integer("size"))};
  };
  ops["adaptive_avg_pool2d"] = [](In x, A a) {
    const auto size = a.list("size");
    return Tensors{adaptive_avg_pool2d(x[0], {size[0], size[1]})};
  };
  ops["adaptive_avg_pool3d"] = [](In x, A a) {
    return Tensors{adaptive_avg_pool3d(x[0], a.dims("size"))};
  };
  ops["swiglu"] = [](In x, A a) { return Tensors{swiglu(x[0], a.integer("dim"))}; };
  ops["softmin"] = [](In x, A a) { return Tensors{softmin(x[0], a.integer("dim"))}; };
  ops["rrelu"] = [](In x, A a) { return Tensors{rrelu(x[0], a.real("lower"), a.real("upper"))}; };
  ops["embedding_bag"] = [](In x, A a) {
    const auto mode = a.text("mode");
    const bool bags = a.has("offsets");
    const auto offsets = a.list("offsets");
    return Tensors{embedding_bag(
        x[0], x[1],
        bags ? tensor(std::span<const int64_t>(offsets), {.device = x[0].device()}) : Tensor(),
        {.mode = mode == "sum"    ? EmbeddingBagMode::sum
                 : mode == "mean" ? EmbeddingBagMode::mean
                                  : EmbeddingBagMode::max,
         .per_sample_weights = at(x, 2),
         .include_last_offset = a.flag("last"),
         .padding_idx = a.maybe_integer("padding")})};
  };
}

}  // namespace ct::test
