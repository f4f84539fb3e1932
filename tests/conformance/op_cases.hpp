// The table of ops that every device must pass: one row an op and variant. A new op adds its row
// here, and gets forward, gradient, double gradient, views and types checked on each device.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"
#include "support/tolerance.hpp"

namespace ct::test {

struct OpCase {
  /// The public function, and after a slash the variant: "sum/keepdim".
  std::string name;
  /// Shapes of the floating inputs.
  std::vector<Shape> shapes;
  std::function<Tensor(const Tensors&)> run;
  /// Inputs are uniform in [low, high), kept away from `kink` (where the derivative jumps).
  double low = -2.0, high = 2.0;
  double tolerance = kElementwise32;
  bool differentiable = true;
  /// Second derivatives exist and are worth the time.
  bool twice = true;
  /// Takes float16 and bfloat16; what does not refuses them by a DTypeError.
  bool half = true;
  /// The op by itself, where `run` does something more; else absent.
  std::function<Tensor(const Tensors&)> alone = nullptr;
};

/// A row that squares what `alone` gives, so that gradients depend on it.
OpCase squared(const char* name, std::vector<Shape> shapes,
               std::function<Tensor(const Tensors&)> alone, double tolerance = kElementwise32);

const std::vector<OpCase>& op_cases();

// One function a family, in cases/<family>.cpp.
void add_pointwise_cases(std::vector<OpCase>& cases);
void add_activation_cases(std::vector<OpCase>& cases);
void add_in_place_cases(std::vector<OpCase>& cases);
void add_reduce_cases(std::vector<OpCase>& cases);
void add_matmul_cases(std::vector<OpCase>& cases);
void add_attention_cases(std::vector<OpCase>& cases);
void add_linalg_cases(std::vector<OpCase>& cases);
void add_creation_cases(std::vector<OpCase>& cases);
void add_conv_cases(std::vector<OpCase>& cases);
void add_resample_cases(std::vector<OpCase>& cases);
void add_conv_axes_cases(std::vector<OpCase>& cases);
void add_norm_cases(std::vector<OpCase>& cases);
void add_loss_cases(std::vector<OpCase>& cases);
void add_group_norm_cases(std::vector<OpCase>& cases);
void add_shape_cases(std::vector<OpCase>& cases);
void add_scan_cases(std::vector<OpCase>& cases);
void add_sort_cases(std::vector<OpCase>& cases);
void add_indexing_cases(std::vector<OpCase>& cases);
void add_in_place_view_cases(std::vector<OpCase>& cases);
void add_handle_cases(std::vector<OpCase>& cases);
void add_complex_cases(std::vector<OpCase>& cases);
void add_fft_cases(std::vector<OpCase>& cases);

/// The inputs of a case: the same numbers in every dtype, on every device.
Tensors inputs_of(const OpCase& op, DType dtype, Device device, bool requires_grad);
/// The same values behind awkward strides: transposed, reversed and with gaps.
Tensors awkward(const Tensors& inputs);

}  // namespace ct::test
