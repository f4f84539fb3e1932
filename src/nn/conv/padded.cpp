// See padded.hpp.
#include "nn/conv/padded.hpp"

#include <vector>

namespace ct::nn {

Tensor padded(const Tensor& x, const Dims& padding, bool same, const Dims& kernel,
              const Dims& dilation, PadMode mode) {
  std::vector<int64_t> amounts;
  for (int i = padding.rank(); i-- > 0;) {
    int64_t both = 0;
    // More than int64 holds is more than any axis: pad says so.
    if (__builtin_mul_overflow(dilation[i], kernel[i] - 1, &both)) both = INT64_MAX;
    amounts.push_back(same ? both / 2 : padding[i]);
    amounts.push_back(same ? both - both / 2 : padding[i]);
  }
  return pad(x, amounts, mode);
}

}  // namespace ct::nn
