// Gradients against central differences. The reference is computed from forward values alone, on
// the host, in float64.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autograd/node.hpp"
#include "autograd/ops_needed.hpp"
#include "core/view/integer.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/random.hpp"

namespace ct {

namespace {

using Function = std::function<Tensors(const Tensors&)>;

/// Row-major position as "[1, 2]".
std::string place(const Shape& shape, int64_t position) {
  std::string text;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    text = fmt::format("{}{}{}", position % shape[i], text.empty() ? "" : ", ", text);
    position /= shape[i];
  }
  return fmt::format("[{}]", text);
}

/// Fixed weights in ±[0.5, 1.5), so that no output's error can hide behind another's.
std::vector<double> weights_of(int64_t count, uint64_t seed) {
  std::vector<double> w(static_cast<size_t>(count));
  for (size_t i = 0; i < w.size(); ++i) {
    const auto bits = philox4x32(seed, i);
    w[i] = (0.5 + bits[0] * 0x1p-32) * ((bits[1] & 1U) != 0 ? 1.0 : -1.0);
  }
  return w;
}

Tensor host_tensor(const std::vector<double>& values, const Tensor& like) {
  Tensor t = like.detach().clone();
  t.copy_from(std::span<const double>(values));
  return t;
}

/// Sum of all outputs' elements, weighted.
double weighted_sum(const Tensors& outputs) {
  double total = 0;
  for (size_t k = 0; k < outputs.size(); ++k) {
    if (!is_floating(outputs[k].dtype())) continue;
    const auto values = outputs[k].to_vector<double>();
    const auto weights = weights_of(outputs[k].numel(), k + 1);
    for (size_t i = 0; i < values.size(); ++i) total += values[i] * weights[i];
  }
  return total;
}

/// Analytic gradients of weighted_sum(fn(inputs)) for those inputs that require grad.
Tensors analytic(const char* op, const Function& fn, const Tensors& inputs,
                 const Tensors& checked) {
  const EnableGradGuard on;
  const Tensors outputs = fn(inputs);
  Tensors roots;
  BackwardOptions options;
  for (size_t k = 0; k < outputs.size(); ++k) {
    if (!outputs[k].defined() || !outputs[k].requires_grad()) continue;
    roots.push_back(outputs[k]);
    options.gradients.push_back(host_tensor(weights_of(outputs[k].numel(), k + 1), outputs[k]));
  }
  if (roots.empty()) {
    throw AutogradError(fmt::format(
        "{}: no output requires grad; an input must require it and be used by the function", op));
  }
  options.allow_unused = true;
  return grad(roots, checked, options);
}

bool check(const char* op, const Function& fn, const Tensors& inputs,
           const GradcheckOptions& options) {
  Tensors checked;
  std::vector<size_t> numbers;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined() || !inputs[i].requires_grad()) continue;
    if (inputs[i].dtype() != float64) {
      throw DTypeError(fmt::format(
          "{}: input {} is {}: differences are only meaningful in float64; make it with {{.dtype = "
          "ct::float64}}",
          op, i, name(inputs[i].dtype())));
    }
    checked.push_back(inputs[i]);
    numbers.push_back(i);
  }
  if (checked.empty()) {
    throw AutogradError(fmt::format(
        "{}: none of the {} inputs requires grad; call requires_grad_() on those to check", op,
        inputs.size()));
  }
  const Tensors gradients = analytic(op, fn, inputs, checked);
  const NoGradGuard off;
  for (size_t k = 0; k < checked.size(); ++k) {
    const Tensor& input = checked[k];
    const auto exact = gradients[k].defined()
                           ? gradients[k].to_vector<double>()
                           : std::vector<double>(static_cast<size_t>(input.numel()), 0.0);
    if (gradients[k].defined() && gradients[k].shape() != input.shape()) {
      throw std::logic_error(fmt::format("{}: input {} of shape {} got a gradient of shape {}", op,
                                         numbers[k], to_string(input.shape()),
                                         to_string(gradients[k].shape())));
    }
    std::vector<double> values = input.to_vector<double>();
    const int64_t n = input.numel();
    const int64_t step = std::max<int64_t>(1, ceil_div(n, options.max_elements));
    for (int64_t i = 0; i < n; i += step) {
      const auto at = static_cast<size_t>(i);
      const double kept = values[at];
      const auto evaluate = [&](double value) {
        values[at] = value;
        Tensors moved = inputs;
        moved[numbers[k]] = host_tensor(values, input);
        return weighted_sum(fn(moved));
      };
      const double numeric =
          (evaluate(kept + options.eps) - evaluate(kept - options.eps)) / (2.0 * options.eps);
      values[at] = kept;
      const double error = std::abs(exact[at] - numeric);
      if (!(error <= options.atol + options.rtol * std::abs(numeric))) {
        throw AutogradError(
            fmt::format("{}: gradients differ at input {} element {} (shape {}, value {}): "
                        "analytic {}, numeric "
                        "{}, difference {} (atol {}, rtol {})",
                        op, numbers[k], place(input.shape(), i), to_string(input.shape()), kept,
                        exact[at], numeric, error, options.atol, options.rtol));
      }
    }
  }
  return true;
}

}  // namespace

namespace {

/// Complex inputs and outputs by their parts: gradients of those are what is checked.
class ByParts {
 public:
  ByParts(const Function& fn, const Tensors& inputs) : fn_(fn) {
    for (const Tensor& t : inputs) {
      complex_.push_back(t.defined() && is_complex(t.dtype()));
      if (!complex_.back()) {
        inputs_.push_back(t);
        continue;
      }
      inputs_.push_back(autograd::pairs_of(t.detach()).clone());
      if (t.requires_grad()) inputs_.back().requires_grad_();
    }
  }
  const Tensors& inputs() const { return inputs_; }
  Tensors operator()(const Tensors& x) const {
    Tensors numbers = x;
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (complex_[i]) numbers[i] = autograd::of_pairs(x[i]);
    }
    Tensors outputs = fn_(numbers);
    for (Tensor& out : outputs) {
      if (is_complex(out.dtype())) out = autograd::pairs_of(out);
    }
    return outputs;
  }

 private:
  const Function& fn_;
  std::vector<bool> complex_;
  Tensors inputs_;
};

}  // namespace

bool gradcheck(const Function& fn, const Tensors& inputs, const GradcheckOptions& options) {
  const ByParts parts(fn, inputs);
  return check("gradcheck", parts, parts.inputs(), options);
}

bool gradgradcheck(const Function& function, const Tensors& numbers,
                   const GradcheckOptions& options) {
  const ByParts fn(function, numbers);
  const Tensors& inputs = fn.inputs();
  // The function to check is the gradient itself, of the inputs and of the upstream gradients.
  Tensors all = inputs;
  const size_t count = inputs.size();
  {
    const EnableGradGuard on;
    uint64_t seed = 1000;
    for (const Tensor& out : fn(inputs)) {
      if (!out.requires_grad()) continue;
      Tensor g = host_tensor(weights_of(out.numel(), ++seed), out);
      g.requires_grad_();
      all.push_back(g);
    }
  }
  std::vector<bool> differentiated;
  for (const Tensor& t : inputs) differentiated.push_back(t.defined() && t.requires_grad());
  const Function gradient = [&fn, count, &differentiated](const Tensors& x) {
    const EnableGradGuard on;
    Tensors leaves(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(count));
    Tensors wanted;
    for (size_t i = 0; i < count; ++i) {
      if (!differentiated[i]) continue;
      if (!leaves[i].requires_grad()) leaves[i] = leaves[i].detach().requires_grad_();
      wanted.push_back(leaves[i]);
    }
    Tensors roots;
    for (const Tensor& out : fn(leaves)) {
      if (out.requires_grad()) roots.push_back(out);
    }
    const Tensors upstream(x.begin() + static_cast<std::ptrdiff_t>(count), x.end());
    Tensors gradients =
        grad(roots, wanted, {.gradients = upstream, .create_graph = true, .allow_unused = true});
    Tensors result;
    for (const Tensor& g : gradients) {
      if (g.defined()) result.push_back(g);
    }
    return result;
  };
  return check("gradgradcheck", gradient, all, options);
}

}  // namespace ct
