// See padded.hpp.
#include "nn/conv/padded.hpp"

#include <vector>

#include "ops/conv/convolution.hpp"

namespace ct::nn {

Tensor padded(const char* layer, const Tensor& x, const Dims& padding, bool same,
              const Dims& kernel, const Dims& dilation, PadMode mode) {
  std::vector<int64_t> amounts;
  for (int i = padding.rank(); i-- > 0;) {
    const ops::SamePadding keeps = ops::same_padding(layer, kernel[i], dilation[i]);
    amounts.push_back(same ? keeps.near : padding[i]);
    amounts.push_back(same ? keeps.far : padding[i]);
  }
  return pad(x, amounts, mode);
}

}  // namespace ct::nn
