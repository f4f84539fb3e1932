// Checkpoint: a module that keeps none of its activations.
#pragma once

#include <utility>

#include "customtensor/nn/container/any_module.hpp"

namespace ct::nn {

/// y = module(x), of which backward keeps x alone: it runs the module again
/// (autograd::checkpoint), which costs one more forward. What random layers draw is drawn again,
/// and running statistics move once. Names: those of the module itself, so that weights of a model
/// with checkpoints fit one without.
///   Sequential net{Checkpoint(Block(64)), Checkpoint(Block(64)), Linear(64, 10)};
///
/// Errors: those of autograd::checkpoint, in backward, where hooks of modules inside run again too
/// Source: torch.utils.checkpoint; arXiv:1604.06174
class CT_API Checkpoint : public Module {
 public:
  explicit Checkpoint(AnyModule module) : module_(std::move(module)) {}

  Module& module() { return module_.module(); }

  void members(Members& m) override { m(module_.module()); }
  Tensor forward(const Tensor& x) override;

 private:
  AnyModule module_;
};

}  // namespace ct::nn
