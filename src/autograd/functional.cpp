// vjp, jvp, jacobian, hessian: backwards of copies of the inputs, arranged.
#include <fmt/format.h>

#include "autograd/ops_needed.hpp"
#include "autograd/record.hpp"
#include "customtensor/autograd_functional.hpp"
#include "customtensor/error.hpp"

namespace ct::autograd {

namespace {

void check_inputs(const char* op, const Tensors& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    detail::check_defined(inputs[i], op, "inputs");
    if (!is_floating(inputs[i].dtype())) {
      throw DTypeError(fmt::format("{}: input {} is {}: only floating tensors have derivatives", op,
                                   i, name(inputs[i].dtype())));
    }
  }
}

/// The inputs as the function gets them: each its own tensor that requires grad, still connected to
/// the caller's if the derivative is to be recorded.
Tensors sources(const Tensors& inputs, const FunctionalOptions& options) {
  Tensors result;
  for (const Tensor& t : inputs) {
    if (options.create_graph && needs_grad(t)) {
      result.push_back(t.view(t.shape()));
      if (result.back().impl() == t.impl()) result.back() = copy_of(t);
    } else {
      result.push_back(t.detach().requires_grad_());
    }
  }
  return result;
}

void check_like(const char* op, const char* what, const Tensors& v, const Tensors& like) {
  if (v.size() != like.size()) {
    throw ValueError(fmt::format("{}: v has {} tensors: there are {} {}s; pass one for each", op,
                                 v.size(), like.size(), what));
  }
  for (size_t i = 0; i < v.size(); ++i) {
    detail::check_defined(v[i], op, "v");
    if (v[i].shape() != like[i].shape()) {
      throw ShapeError(fmt::format("{}: v {} has shape {}: {} {} has {}", op, i,
                                   to_string(v[i].shape()), what, i, to_string(like[i].shape())));
    }
  }
}

/// grad() of those outputs that are on the tape; zeros where an input does not matter.
Tensors gradients(const Tensors& outputs, const Tensors& inputs, const Tensors& v,
                  bool create_graph, bool retain_graph = false) {
  Tensors roots;
  BackwardOptions options{
      .retain_graph = retain_graph, .create_graph = create_graph, .allow_unused = true};
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!needs_grad(outputs[i])) continue;
    roots.push_back(outputs[i]);
    options.gradients.push_back(v[i]);
  }
  Tensors result = roots.empty() ? Tensors(inputs.size()) : grad(roots, inputs, options);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!result[i].defined()) result[i] = filled_like(inputs[i], 0.0);
  }
  return result;
}

/// Results as the caller gets them.
Tensors finished(Tensors tensors, const FunctionalOptions& options) {
  if (options.create_graph) return tensors;
  for (Tensor& t : tensors) t = t.detach();
  return tensors;
}

}  // namespace

Product vjp(const TensorFunction& fn, const Tensors& inputs, const Tensors& v,
            const FunctionalOptions& options) {
  check_inputs("vjp", inputs);
  const EnableGradGuard on;
  const Tensors x = sources(inputs, options);
  Tensors outputs = fn(x);
  Tensors upstream = v;
  if (v.empty() && outputs.size() == 1 && outputs[0].numel() == 1) {
    upstream = {filled_like(outputs[0], 1.0)};
  }
  check_like("vjp", "output", upstream, outputs);
  Tensors product = gradients(outputs, x, upstream, options.create_graph);
  return {finished(std::move(outputs), options), finished(std::move(product), options)};
}

Product jvp(const TensorFunction& fn, const Tensors& inputs, const Tensors& v,
            const FunctionalOptions& options) {
  check_inputs("jvp", inputs);
  check_like("jvp", "input", v, inputs);
  const EnableGradGuard on;
  const Tensors x = sources(inputs, options);
  Tensors outputs = fn(x);
  // g(u) = uᵀJ is linear in u: its derivative along v is Jv, whatever u is.
  Tensors u;
  for (const Tensor& out : outputs) u.push_back(filled_like(out.detach(), 0.0).requires_grad_());
  const Tensors g = gradients(outputs, x, u, true);
  Tensors product = gradients(g, u, v, options.create_graph);
  return {finished(std::move(outputs), options), finished(std::move(product), options)};
}

namespace {

/// Rows of the jacobian of one output with respect to every input.
Tensors jacobian_of(const Tensor& output, const Tensors& x, bool create_graph) {
  std::vector<Tensors> rows(x.size());
  const int64_t count = output.numel();
  const Tensor flat = output.reshape({count});
  for (int64_t i = 0; i < count; ++i) {
    const Tensors g = gradients({flat.select(0, i)}, x, {Tensor()}, create_graph, true);
    for (size_t j = 0; j < x.size(); ++j) rows[j].push_back(g[j]);
  }
  Tensors result;
  for (size_t j = 0; j < x.size(); ++j) {
    Shape shape = output.shape();
    for (const int64_t size : x[j].shape()) shape.push_back(size);
    result.push_back(count == 0 ? filled_like(output, 0.0).reshape(shape)
                                : stack_of(rows[j]).reshape(shape));
  }
  return result;
}

}  // namespace

std::vector<Tensors> jacobian(const TensorFunction& fn, const Tensors& inputs,
                              const FunctionalOptions& options) {
  check_inputs("jacobian", inputs);
  const EnableGradGuard on;
  const Tensors x = sources(inputs, options);
  std::vector<Tensors> result;
  for (const Tensor& output : fn(x)) {
    result.push_back(finished(jacobian_of(output, x, options.create_graph), options));
  }
  return result;
}

std::vector<Tensors> hessian(const TensorFunction& fn, const Tensors& inputs,
                             const FunctionalOptions& options) {
  check_inputs("hessian", inputs);
  return jacobian(
      [&fn](const Tensors& x) {
        const Tensors outputs = fn(x);
        if (outputs.size() != 1 || outputs[0].numel() != 1) {
          throw ValueError(fmt::format(
              "hessian: the function gave {} tensors{}: it must give one of one element",
              outputs.size(),
              outputs.empty()
                  ? ""
                  : fmt::format(", the first of shape {}", to_string(outputs[0].shape()))));
        }
        return gradients(outputs, x, {Tensor()}, true);
      },
      inputs, options);
}

}  // namespace ct::autograd
