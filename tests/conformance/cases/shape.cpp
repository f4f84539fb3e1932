// Views, joining, picking.
#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_shape_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };

  const auto moved = [&](const char* name, std::vector<Shape> shapes,
                         std::function<Tensor(const Tensors&)> run) {
    add_case(squared(name, std::move(shapes), std::move(run)));
  };
  moved("reshape", {{3, 4, 5}}, [](Inputs x) { return x[0].reshape({5, -1}); });
  moved("reshape/copy", {{3, 4, 5}}, [](Inputs x) { return x[0].transpose(0, 2).reshape({-1}); });
  moved("permute", {{3, 4, 5}}, [](Inputs x) { return x[0].permute({2, 0, 1}); });
  moved("expand", {{3, 1, 5}}, [](Inputs x) { return x[0].expand({2, 3, 4, 5}); });
  moved("squeeze/unsqueeze", {{3, 1, 5}},
        [](Inputs x) { return x[0].squeeze(1).unsqueeze(0).unsqueeze(-1); });
  moved("select", {{3, 4, 5}}, [](Inputs x) { return x[0].select(1, -2); });
  moved("slice/step", {{9, 4}}, [](Inputs x) { return x[0].slice(0, Slice(1, 8, 3)); });
  moved("slice/reversed", {{9, 4}},
        [](Inputs x) { return x[0].slice(0, Slice(std::nullopt, std::nullopt, -2)); });
  moved("index", {{3, 4, 5}}, [](Inputs x) {
    return x[0].index({1, Slice(0, 2), Ellipsis, None});
  });
  moved("flatten", {{2, 3, 4}}, [](Inputs x) { return x[0].flatten(1); });
  moved("contiguous", {{3, 4}}, [](Inputs x) { return x[0].t().contiguous(); });
  moved("cat", {{2, 3}, {2, 1}, {2, 4}}, [](Inputs x) { return cat({x[0], x[1], x[2]}, 1); });
  moved("stack", {{2, 3}, {2, 3}}, [](Inputs x) { return stack({x[0], x[1]}, 1); });
  moved("split", {{7, 3}}, [](Inputs x) { return split(x[0], 3)[2]; });
  moved("split/sizes", {{7, 3}}, [](Inputs x) { return split(x[0], {2, 4, 1})[1]; });
  moved("chunk", {{7, 3}}, [](Inputs x) { return chunk(x[0], 3)[2]; });
  moved("tensor_split", {{7, 3}}, [](Inputs x) { return tensor_split(x[0], 3)[0]; });
  moved("tensor_split/at", {{7, 3}}, [](Inputs x) { return tensor_split(x[0], {2, -1})[1]; });
  moved("unbind", {{2, 3, 4}}, [](Inputs x) { return unbind(x[0], 1)[2]; });
  moved("meshgrid", {{3}, {4}}, [](Inputs x) {
    const Tensors grids = meshgrid({x[0], x[1]}, "xy");
    return grids[0] * grids[1];
  });
  moved("unflatten", {{2, 12}}, [](Inputs x) { return x[0].unflatten(1, {3, -1}); });
  moved("movedim", {{2, 3, 4}}, [](Inputs x) { return x[0].movedim({0, 1}, {-1, 0}); });
  moved("swapaxes", {{2, 3, 4}}, [](Inputs x) { return x[0].swapaxes(0, -1); });
  moved("transpose", {{2, 3, 4}}, [](Inputs x) { return x[0].transpose(1, 2); });
  moved("t", {{2, 3}}, [](Inputs x) { return x[0].t(); });
  moved("view", {{2, 6}}, [](Inputs x) { return x[0].contiguous().view({4, 3}); });
  moved("view_as", {{2, 6}, {3, 4}},
        [](Inputs x) { return x[0].contiguous().view_as(x[1]) * x[1]; });
  moved("reshape_as", {{2, 6}, {3, 4}}, [](Inputs x) { return x[0].reshape_as(x[1]) * x[1]; });
  moved("expand_as", {{3, 1}, {3, 4}}, [](Inputs x) { return x[0].expand_as(x[1]) * x[1]; });
  moved("broadcast_to", {{3, 1}}, [](Inputs x) { return broadcast_to(x[0], {2, 3, 4}); });
  moved("narrow", {{5, 4}}, [](Inputs x) { return x[0].narrow(0, 1, 3); });
  moved("slice", {{5, 4}}, [](Inputs x) { return x[0].slice(1, Slice(-3, -1)); });
  moved("squeeze", {{3, 1, 5}}, [](Inputs x) { return x[0].squeeze(); });
  moved("unsqueeze", {{3, 5}}, [](Inputs x) { return x[0].unsqueeze(1); });
  moved("clone", {{3, 5}}, [](Inputs x) { return x[0].clone(); });
  moved("diagonal", {{4, 5}}, [](Inputs x) { return x[0].diagonal(1); });
  moved("diagonal/batch", {{3, 2, 4}}, [](Inputs x) { return x[0].diagonal(-1, 2, 0); });
  moved("unfold", {{9, 2}}, [](Inputs x) { return x[0].unfold(0, 3, 2); });
  moved("unfold/apart", {{2, 9}}, [](Inputs x) { return x[0].unfold(1, 2, 3); });
  moved("as_strided", {{4, 6}}, [](Inputs x) {
    const Tensor dense = x[0].contiguous() * 1;
    return dense.as_strided({3, 2}, {7, 2}, 1);
  });
  moved("as_strided/overlapping", {{4, 6}}, [](Inputs x) {
    const Tensor dense = x[0].contiguous() * 1;
    return dense.as_strided({4, 5, 2}, {4, 1, 0}, 2);
  });
  moved("hstack", {{2, 3}, {2, 1}}, [](Inputs x) { return hstack({x[0], x[1]}); });
  moved("vstack", {{3}, {2, 3}}, [](Inputs x) { return vstack({x[0], x[1]}); });
  moved("dstack", {{2, 3}, {2, 3, 2}}, [](Inputs x) { return dstack({x[0], x[1]}); });
  moved("repeat", {{2, 3}}, [](Inputs x) { return x[0].repeat({2, 1, 3}); });
  moved("tile", {{2, 3, 1}}, [](Inputs x) { return x[0].tile({2, 2}); });
  moved("repeat_interleave", {{2, 3}}, [](Inputs x) { return x[0].repeat_interleave(2, 1); });
  moved("repeat_interleave/each", {{3, 2}}, [](Inputs x) {
    return x[0].repeat_interleave(tensor({2, 0, 3}, {.device = x[0].device()}), 0);
  });
  moved("flip", {{2, 3, 4}}, [](Inputs x) { return x[0].flip({0, -1}); });
  moved("roll", {{3, 5}}, [](Inputs x) { return x[0].roll({1, -2}, {0, 1}); });
  moved("roll/flat", {{3, 5}}, [](Inputs x) { return x[0].roll({4}); });
  moved("rot90", {{2, 3, 4}}, [](Inputs x) { return x[0].rot90(3, {1, 2}); });
  moved("tril", {{2, 4, 5}}, [](Inputs x) { return x[0].tril(1); });
  moved("triu", {{5, 4}}, [](Inputs x) { return x[0].triu(-1); });
  moved("diag", {{4, 3}}, [](Inputs x) { return x[0].diag(-1); });
  moved("diag/vector", {{3}}, [](Inputs x) { return x[0].diag(1); });
  moved("diag_embed", {{2, 3}}, [](Inputs x) { return x[0].diag_embed(-1, 0, 2); });
  moved("pad", {{2, 3}}, [](Inputs x) { return pad(x[0], {1, -1, 2, 0}, PadMode::constant, 2); });
  moved("pad/reflect", {{2, 4, 5}}, [](Inputs x) {
    return pad(x[0], {3, 4, 2, 1}, PadMode::reflect);
  });
  moved("pad/replicate", {{2, 4, 5}}, [](Inputs x) {
    return pad(x[0], {3, 6, 0, 2}, PadMode::replicate);
  });
  moved("pad/circular", {{2, 4, 5}}, [](Inputs x) {
    return pad(x[0], {5, 1, 2, 4}, PadMode::circular);
  });
  moved("to/same", {{4, 5}}, [](Inputs x) { return x[0].clone().to(x[0].device()); });
}

}  // namespace ct::test
