// Ops that the reference data names: convolutions of one axis and transposed ones.
#include "customtensor/ops/conv1d.hpp"
#include "customtensor/ops/conv3d.hpp"
#include "customtensor/ops/conv_transpose.hpp"
#include "reference/op_data.hpp"

namespace ct::test {

namespace {

using In = const Tensors&;
using A = const Args&;

/// Numbers, or a word.
template <class Sizes>
ConvPadding<Sizes> padding_of(A args, const Sizes& numbers) {
  if (args.is_text("padding")) return args.text("padding").c_str();
  return numbers;
}

int64_t one_of(A args, const char* name, int64_t otherwise) {
  if (args.is_text(name)) return otherwise;
  const auto list = args.list(name);
  return list.empty() ? otherwise : list[0];
}

Pair pair_of(A args, const char* name, Pair otherwise) {
  if (args.is_text(name)) return otherwise;
  const auto list = args.list(name);
  return list.empty() ? otherwise : Pair(list[0], list[1]);
}

Triple triple_of(A args, const char* name, Triple otherwise) {
  if (args.is_text(name)) return otherwise;
  const auto list = args.list(name);
  return list.empty() ? otherwise : Triple(list[0], list[1], list[2]);
}

}  // namespace

void add_conv_ops(DataOps& ops) {
  ops["conv2d"] = [](In x, A a) {
    return Tensors{conv2d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(),
                          {.stride = pair_of(a, "stride", 1),
                           .padding = padding_of(a, pair_of(a, "padding", 0)),
                           .dilation = pair_of(a, "dilation", 1),
                           .groups = a.integer("groups", 1)})};
  };
  ops["conv3d"] = [](In x, A a) {
    return Tensors{conv3d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(),
                          {.stride = triple_of(a, "stride", 1),
                           .padding = padding_of(a, triple_of(a, "padding", 0)),
                           .dilation = triple_of(a, "dilation", 1),
                           .groups = a.integer("groups", 1)})};
  };
  ops["conv_transpose3d"] = [](In x, A a) {
    return Tensors{conv_transpose3d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(),
                                    {.stride = triple_of(a, "stride", 1),
                                     .padding = triple_of(a, "padding", 0),
                                     .output_padding = triple_of(a, "output_padding", 0),
                                     .groups = a.integer("groups", 1),
                                     .dilation = triple_of(a, "dilation", 1)})};
  };
  ops["conv1d"] = [](In x, A a) {
    return Tensors{conv1d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(),
                          {.stride = one_of(a, "stride", 1),
                           .padding = padding_of(a, one_of(a, "padding", 0)),
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
