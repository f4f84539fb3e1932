// The second run is a copy's, which shares the tensors: this module may be gone by then.
#include "customtensor/nn/container/checkpoint.hpp"

#include <memory>
#include <optional>

#include "customtensor/autograd_functional.hpp"

namespace ct::nn {

Tensor Checkpoint::forward(const Tensor& x) {
  Module& original = module_.module();
  // Copied after the first run, which may make a lazy layer's weights.
  const auto copy = std::make_shared<std::optional<AnyModule>>();
  const autograd::TensorFunction run = [copy, &original](const Tensors& in) {
    return Tensors{copy->has_value() ? (*copy)->module()(in[0]) : original(in[0])};
  };
  const Tensor y = autograd::checkpoint(run, {x})[0];
  copy->emplace(module_);
  return y;
}

}  // namespace ct::nn
