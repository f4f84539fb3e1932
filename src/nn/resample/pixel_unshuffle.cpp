// One call of the op.
#include "customtensor/nn/resample/pixel_unshuffle.hpp"

#include "customtensor/ops/resample.hpp"

namespace ct::nn {

Tensor PixelUnshuffle::forward(const Tensor& x) { return pixel_unshuffle(x, downscale_factor_); }

}  // namespace ct::nn
