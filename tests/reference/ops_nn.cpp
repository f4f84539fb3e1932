// Ops that the reference data names: global pooling, normalisation, softmax, losses.
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

Reduction reduction_of(A args) {
  const std::string text = args.text("reduction");
  return text == "none" ? Reduction::none : text == "sum" ? Reduction::sum : Reduction::mean;
}

}  // namespace

void add_nn_ops(DataOps& ops) {
  ops["global_avg_pool2d"] = [](In x, A) { return Tensors{global_avg_pool2d(x[0])}; };
  ops["batch_norm"] = [](In x, A a) {
    if (a.flag("training")) {
      return Tensors{batch_norm(x[0], x[1], x[2], Tensor(), Tensor(), true)};
    }
    return Tensors{
        batch_norm(x[0], x[1], x[2], full_like(x[1], 0.25), full_like(x[1], 1.75), false)};
  };
  ops["layer_norm"] = [](In x, A a) {
    return Tensors{layer_norm(x[0], a.shape("normalized"), x.size() > 1 ? x[1] : Tensor(),
                              x.size() > 1 ? x[2] : Tensor())};
  };
  ops["softmax"] = [](In x, A a) { return Tensors{softmax(x[0], a.integer("dim"))}; };
  ops["log_softmax"] = [](In x, A a) { return Tensors{log_softmax(x[0], a.integer("dim"))}; };
  ops["scaled_dot_product_attention"] = [](In x, A a) {
    return Tensors{scaled_dot_product_attention(x[0], x[1], x[2],
                                                {.attn_mask = x.size() > 3 ? x[3] : Tensor(),
                                                 .is_causal = a.flag("is_causal"),
                                                 .scale = a.maybe_real("scale")})};
  };
  ops["mse_loss"] = [](In x, A a) { return Tensors{mse_loss(x[0], x[1], reduction_of(a))}; };
  ops["l1_loss"] = [](In x, A a) { return Tensors{l1_loss(x[0], x[1], reduction_of(a))}; };
}

}  // namespace ct::test
