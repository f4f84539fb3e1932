// The norm stays on the device: nothing here waits for it unless an error is asked for. Gradients
// are changed by one program for all of them.
#include "customtensor/optim/clip_grad.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/pointwise_each.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::optim {
namespace {

Tensors gradients_of(std::span<const Tensor> parameters) {
  Tensors gradients;
  for (const Tensor& p : parameters) {
    if (Tensor g = p.grad(); g.defined()) gradients.push_back(std::move(g));
  }
  return gradients;
}

/// g times a number of one element.
const ProgramPtr& scale_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("clip_grad_norm", 2);
    b.output(b.input(0) * b.input(1));
    return b.build();
  }();
  return program;
}

const ProgramPtr& clamp_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("clip_grad_value", 1, 2);
    b.output(
        b.apply(Opcode::minimum, b.apply(Opcode::maximum, b.input(0), b.scalar(0)), b.scalar(1)));
    return b.build();
  }();
  return program;
}

Tensor total_norm(const char* op, std::span<const Tensor> tensors, double norm_type,
                  bool error_if_nonfinite) {
  if (!(norm_type > 0)) {
    throw ValueError(fmt::format("{}: norm_type must be above 0: {}", op, norm_type));
  }
  Tensors norms;
  DType type = float32;
  for (const Tensor& t : tensors) {
    if (!t.defined()) continue;
    norms.push_back(norm(t.to(compute_type(t.dtype())), norm_type));
    type = promote_types(type, norms.back().dtype());
  }
  if (norms.empty()) return zeros({});
  for (Tensor& n : norms) n = n.to(type).to(norms[0].device());
  Tensor total = norms.size() == 1 ? norms[0] : norm(stack(norms, 0), norm_type);
  if (error_if_nonfinite) {
    if (const auto value = total.item<double>(); !std::isfinite(value)) {
      throw ValueError(fmt::format(
          "{}: the total norm of order {} of the gradients is {}; leave error_if_nonfinite out to "
          "scale them all the same",
          op, norm_type, value));
    }
  }
  return total;
}

}  // namespace

Tensor get_total_norm(std::span<const Tensor> tensors, double norm_type, bool error_if_nonfinite) {
  const NoGradGuard off;
  return total_norm("get_total_norm", tensors, norm_type, error_if_nonfinite);
}

Tensor clip_grad_norm_(std::span<const Tensor> parameters, double max_norm, double norm_type,
                       bool error_if_nonfinite) {
  if (!(max_norm > 0)) {
    throw ValueError(fmt::format("clip_grad_norm_: max_norm must be above 0: {}", max_norm));
  }
  const NoGradGuard off;
  const Tensors gradients = gradients_of(parameters);
  Tensor total = total_norm("clip_grad_norm_", gradients, norm_type, error_if_nonfinite);
  if (gradients.empty()) return total;
  const Tensor factor = clamp(max_norm / (total + 1e-6), std::nullopt, 1.0);
  Tensors inputs;
  for (const Tensor& g : gradients) {
    inputs.push_back(g);
    inputs.push_back(factor.to(g.device()));
  }
  std::vector<PointwiseLists> calls;
  for (size_t i = 0; i < gradients.size(); ++i) {
    calls.push_back({std::span(gradients).subspan(i, 1), std::span(inputs).subspan(2 * i, 2)});
  }
  pointwise_each_(scale_program(), calls);
  return total;
}

void clip_grad_value_(std::span<const Tensor> parameters, double clip_value) {
  if (!(clip_value >= 0)) {
    throw ValueError(
        fmt::format("clip_grad_value_: clip_value must be at least 0: {}", clip_value));
  }
  const NoGradGuard off;
  const Tensors gradients = gradients_of(parameters);
  std::vector<PointwiseLists> calls;
  for (size_t i = 0; i < gradients.size(); ++i) {
    const auto one = std::span(gradients).subspan(i, 1);
    calls.push_back({one, one});
  }
  const Scalar limits[] = {-clip_value, clip_value};
  pointwise_each_(clamp_program(), calls, limits);
}

}  // namespace ct::optim
