// One call of the op.
#include "customtensor/nn/resample/pixel_shuffle.hpp"

#include "customtensor/ops/resample.hpp"

namespace ct::nn {

Tensor PixelShuffle::forward(const Tensor& x) { return pixel_shuffle(x, upscale_factor_); }

}  // namespace ct::nn
