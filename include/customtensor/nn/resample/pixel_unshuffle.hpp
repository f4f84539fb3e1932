// PixelUnshuffle: ct::pixel_unshuffle with its setting.
// It has no state.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Shapes: (…, c, h r, w r) -> (…, c r², h, w). Source: torch.nn.PixelUnshuffle
class CT_API PixelUnshuffle : public Module {
 public:
  explicit PixelUnshuffle(int64_t downscale_factor) : downscale_factor_(downscale_factor) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t downscale_factor_;
};

}  // namespace ct::nn
