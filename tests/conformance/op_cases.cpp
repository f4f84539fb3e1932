// Puts the rows of cases/ together, and makes their inputs: fixed draws, also as views that are
// anything but dense.
#include "conformance/op_cases.hpp"

#include <cmath>

namespace ct::test {

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> all;
    for (const auto& add :
         {add_pointwise_cases,     add_activation_cases, add_in_place_cases, add_reduce_cases,
          add_matmul_cases,        add_attention_cases,  add_linalg_cases,   add_creation_cases,
          add_conv_cases,          add_conv_axes_cases,  add_resample_cases, add_norm_cases,
          add_loss_cases,          add_group_norm_cases, add_shape_cases,    add_indexing_cases,
          add_in_place_view_cases, add_scan_cases,       add_sort_cases,     add_handle_cases,
          add_complex_cases,       add_fft_cases}) {
      add(all);
    }
    return all;
  }();
  return cases;
}

OpCase squared(const char* name, std::vector<Shape> shapes,
               std::function<Tensor(const Tensors&)> alone, double tolerance) {
  OpCase row{.name = name, .shapes = std::move(shapes), .run = {}, .tolerance = tolerance};
  row.run = [alone](const Tensors& x) {
    const Tensor y = alone(x);
    return y * y;
  };
  row.alone = std::move(alone);
  return row;
}

Tensors inputs_of(const OpCase& op, DType dtype, Device device, bool requires_grad) {
  Tensors inputs;
  uint64_t stream = 1;
  for (const Shape& shape : op.shapes) {
    std::vector<double> values(static_cast<size_t>(numel(shape)));
    for (size_t i = 0; i < values.size(); ++i) {
      const double u = philox4x32(stream, i)[0] * 0x1p-32;
      double v = op.low + u * (op.high - op.low);
      // Derivatives that jump do so at 0 and at whole numbers: differences must not step across.
      if (std::abs(v - std::round(v)) < 1e-3) v += 5e-3;
      values[i] = static_cast<double>(static_cast<float>(v));  // the same number in float32
    }
    ++stream;
    inputs.push_back(
        from_values(values.data(), float64, shape,
                    {.dtype = dtype, .device = device, .requires_grad = requires_grad}));
  }
  return inputs;
}

Tensors awkward(const Tensors& inputs) {
  const NoGradGuard off;
  Tensors result;
  for (const Tensor& t : inputs) {
    if (t.dim() == 0) {
      result.push_back(stack({t, t}).select(0, 1));
      continue;
    }
    // Twice as long and reversed along the last axis, stored with its axes in reverse order.
    Dims reversed;
    for (int64_t i = t.dim(); i-- > 0;) reversed.push_back(i);
    const Tensor wide = cat({t, t}, -1).permute(reversed).contiguous().permute(reversed);
    Tensor view =
        wide.slice(-1, Slice(std::nullopt, std::nullopt, -1)).slice(-1, Slice(0, t.size(-1)));
    view.copy_(t);
    result.push_back(view.detach());
  }
  return result;
}

}  // namespace ct::test
