// ChannelShuffle: ct::channel_shuffle with its setting.
// It has no state.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Shapes: (n, c, …) -> the same. Source: torch.nn.ChannelShuffle
class CT_API ChannelShuffle : public Module {
 public:
  explicit ChannelShuffle(int64_t groups) : groups_(groups) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t groups_;
};

}  // namespace ct::nn
