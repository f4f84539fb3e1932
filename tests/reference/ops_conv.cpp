// Ops that the reference data names: convolutions of one axis and transposed ones.
#include "customtensor/ops/conv1d.hpp"
#include "customtensor/ops/conv_transpose.hpp"
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

int64_t one_of(A args, const char* name, int64_t otherwise) {
  const auto list = args.list(name);
  return list.empty() ? otherwise : list[0];
}

Pair pair_of(A args, const char* name, Pair otherwise) {
  const auto list = args.list(name);
  return list.empty() ? otherwise : Pair(list[0], list[1]);
}

}  // namespace

void add_conv_ops(DataOps& ops) {
  ops["conv1d"] = [](In x, A a) {
    return Tensors{conv1d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(),
                          {.stride = one_of(a, "stride", 1),
                           .padding = one_of(a, "padding", 0),
                           .dilation = one_of(a, "dilation", 1),
                           .groups = a.integer("groups", 1)})};
  };
  ops["conv_transpose1d"] = [](In x, A a) {
    return Tensors{conv_transpose1d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(),
                                    {.stride = one_of(a, "stride", 1),
                                     .padding = one_of(a, "padding", 0),
                                     .output_padding = one_of(a, "output_padding", 0),
                                     .groups = a.integer("groups", 1),
                                     .dilation = one_of(a, "dilation", 1)})};
  };
  ops["conv_transpose2d"] = [](In x, A a) {
    return Tensors{conv_transpose2d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(),
                                    {.stride = pair_of(a, "stride", 1),
                                     .padding = pair_of(a, "padding", 0),
                                     .output_padding = pair_of(a, "output_padding", 0),
                                     .groups = a.integer("groups", 1),
                                     .dilation = pair_of(a, "dilation", 1)})};
  };
}

}  // namespace ct::test
