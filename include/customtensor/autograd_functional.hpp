// Derivatives of functions of tensors as wholes, and checkpoint(), which trades memory for time.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "customtensor/autograd.hpp"

namespace ct::autograd {

using TensorFunction = std::function<Tensors(const Tensors&)>;

struct FunctionalOptions {
  /// Record the derivative itself, so that it can be differentiated with respect to the inputs that
  /// require grad.
  bool create_graph = false;
};

/// Values of a function at some inputs, and a product with its derivative there.
struct Product {
  Tensors outputs;
  Tensors product;
};

/// vᵀJ: fn(inputs), and for each input the gradient of sum(v * outputs). `v` has one tensor per
/// output, of its shape; it may be left out for one output of one element. An input that does not
/// matter gets zeros.
///
/// Errors: ValueError for another number of tensors, ShapeError for another shape, DTypeError for
/// an input that is not floating
CT_API Product vjp(const TensorFunction& fn, const Tensors& inputs, const Tensors& v = {},
                   const FunctionalOptions& options = {});
/// Jv: fn(inputs), and the derivative of each output along `v`, which has one tensor per input. By
/// differentiating vjp, which is linear in its v: costs two backwards. Errors as vjp
CT_API Product jvp(const TensorFunction& fn, const Tensors& inputs, const Tensors& v,
                   const FunctionalOptions& options = {});

/// All derivatives: result[i][j] has the shape of output i followed by that of input j. One
/// backward for each element of the outputs.
CT_API std::vector<Tensors> jacobian(const TensorFunction& fn, const Tensors& inputs,
                                     const FunctionalOptions& options = {});
/// All second derivatives of a function of one result of one element: result[i][j] has the shape of
/// input i followed by that of input j.
CT_API std::vector<Tensors> hessian(const TensorFunction& fn, const Tensors& inputs,
                                    const FunctionalOptions& options = {});

/// For functions of one tensor: jacobian([](const Tensor& x) { return x.exp(); }, x)
template <class F>
requires std::same_as<std::invoke_result_t<F, const Tensor&>, Tensor> Tensor
jacobian(const F& fn, const Tensor& x, const FunctionalOptions& options = {}) {
  return jacobian([&fn](const Tensors& in) { return Tensors{fn(in[0])}; }, Tensors{x},
                  options)[0][0];
}
template <class F>
requires std::same_as<std::invoke_result_t<F, const Tensor&>, Tensor> Tensor
hessian(const F& fn, const Tensor& x, const FunctionalOptions& options = {}) {
  return hessian([&fn](const Tensors& in) { return Tensors{fn(in[0])}; }, Tensors{x},
                 options)[0][0];
}

/// fn(inputs) without keeping what its backward needs: that is computed again when backward comes
/// there. Gradients (of any order, also of parameters that fn uses) are bit for bit those of a
/// plain call; the calling thread's default random stream is replayed, so that dropout drops the
/// same.
///
/// fn must do the same again: it must not draw from generators of its own, and what it reads
/// besides `inputs` must stay as it is until then. Autocast is what it was. Statistics that layers
/// of the library keep (batch normalisation) are updated by the first run alone; what a layer of
/// one's own changes is changed twice, unless it asks recomputing().
/// Errors (in backward): AutogradError if an input or a parameter was modified in place, or if fn
/// saved other tensors than before
/// Source: Chen et al., "Training deep nets with sublinear memory cost", arXiv:1604.06174
CT_API Tensors checkpoint(const TensorFunction& fn, const Tensors& inputs);
/// Whether this thread is running a checkpointed function again, for a backward.
CT_API bool recomputing();
/// For functions of one result.
template <class F>
requires std::same_as<std::invoke_result_t<F, const Tensors&>, Tensor> Tensor
checkpoint(F fn, const Tensors& inputs) {
  return checkpoint(
      TensorFunction([fn = std::move(fn)](const Tensors& x) { return Tensors{fn(x)}; }), inputs)[0];
}
/// For functions of one tensor, or modules: checkpoint(block, x), which `block` must outlive.
template <class F>
requires std::same_as<std::invoke_result_t<F&, const Tensor&>, Tensor> Tensor
checkpoint(F& fn, const Tensor& x) {
  return checkpoint(TensorFunction([&fn](const Tensors& in) { return Tensors{fn(in[0])}; }),
                    Tensors{x})[0];
}

}  // namespace ct::autograd
