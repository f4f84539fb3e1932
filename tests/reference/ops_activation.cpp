// Ops that the reference data names: activations.
#include "reference/op_data.hpp"

namespace ct::test {

namespace {
using In = const Tensors&;
using A = const Args&;
}  // namespace

void add_activation_ops(DataOps& ops) {
  for (const auto& [name, op] :
       std::initializer_list<std::pair<const char*, Tensor (*)(const Tensor&)>>{
           {"relu", relu},
           {"relu6", relu6},
           {"hardsigmoid", hardsigmoid},
           {"hardswish", hardswish},
           {"softsign", softsign},
           {"selu", selu},
           {"logsigmoid", logsigmoid},
           {"silu", silu},
           {"mish", mish},
           {"tanhshrink", tanhshrink}}) {
    ops[name] = [op = op](In x, A) { return Tensors{op(x[0])}; };
  }
  ops["leaky_relu"] = [](In x, A a) { return Tensors{leaky_relu(x[0], a.real("negative_slope"))}; };
  ops["hardtanh"] = [](In x, A a) {
    return Tensors{hardtanh(x[0], a.real("min_val"), a.real("max_val"))};
  };
  ops["hardshrink"] = [](In x, A a) { return Tensors{hardshrink(x[0], a.real("lambd"))}; };
  ops["softshrink"] = [](In x, A a) { return Tensors{softshrink(x[0], a.real("lambd"))}; };
  ops["threshold"] = [](In x, A a) {
    return Tensors{threshold(x[0], a.real("threshold"), a.real("value"))};
  };
  ops["elu"] = [](In x, A a) { return Tensors{elu(x[0], a.real("alpha"))}; };
  ops["celu"] = [](In x, A a) { return Tensors{celu(x[0], a.real("alpha"))}; };
  ops["softplus"] = [](In x, A a) {
    return Tensors{softplus(x[0], a.real("beta"), a.real("threshold"))};
  };
  ops["gelu"] = [](In x, A a) {
    return Tensors{gelu(
        x[0], a.text("approximate") == "tanh" ? GeluApproximation::tanh : GeluApproximation::none)};
  };
  ops["prelu"] = [](In x, A) { return Tensors{prelu(x[0], x[1])}; };
  ops["glu"] = [](In x, A a) { return Tensors{glu(x[0], a.integer("dim"))}; };
}

}  // namespace ct::test
