// Ops that the reference data names: tensors from nothing, on the device of the input.
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

TensorOptions on(In x) { return {.dtype = std::nullopt, .device = x[0].device()}; }

}  // namespace

void add_creation_ops(DataOps& ops) {
  ops["arange"] = [](In x, A a) {
    return Tensors{arange(a.scalar("start"), a.scalar("end"), a.scalar("step"), on(x))};
  };
  ops["linspace"] = [](In x, A a) {
    return Tensors{linspace(a.real("start"), a.real("end"), a.integer("steps"), on(x))};
  };
  ops["logspace"] = [](In x, A a) {
    return Tensors{
        logspace(a.real("start"), a.real("end"), a.integer("steps"), a.real("base", 10), on(x))};
  };
  ops["eye"] = [](In x, A a) {
    return Tensors{a.has("m") ? eye(a.integer("n"), a.integer("m"), on(x))
                              : eye(a.integer("n"), on(x))};
  };
  ops["full"] = [](In x, A a) {
    return Tensors{full(a.shape("size"), a.scalar("fill_value"), on(x))};
  };
  ops["zeros"] = [](In x, A a) { return Tensors{zeros(a.shape("size"), on(x))}; };
  ops["ones"] = [](In x, A a) { return Tensors{ones(a.shape("size"), on(x))}; };
  ops["zeros_like"] = [](In x, A) { return Tensors{zeros_like(x[0])}; };
  ops["ones_like"] = [](In x, A) { return Tensors{ones_like(x[0])}; };
  ops["full_like"] = [](In x, A a) { return Tensors{full_like(x[0], a.scalar("fill_value"))}; };
}

}  // namespace ct::test
