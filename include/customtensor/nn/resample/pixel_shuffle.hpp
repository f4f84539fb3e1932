// PixelShuffle: ct::pixel_shuffle with its setting.
// It has no state.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Shapes: (…, c r², h, w) -> (…, c, h r, w r). Source: torch.nn.PixelShuffle
class CT_API PixelShuffle : public Module {
 public:
  explicit PixelShuffle(int64_t upscale_factor) : upscale_factor_(upscale_factor) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t upscale_factor_;
};

}  // namespace ct::nn
