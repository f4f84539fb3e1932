// See choice.hpp. Figures are of one thread with AVX-512, in GFLOP/s of the direct algorithm.
#include "backend_cpu/conv/choice.hpp"

#include <algorithm>

#include "backend_cpu/simd/conv/winograd_kernel.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

/// Whether no product at all enters the result.
bool is_void(const ConvSizes& s) {
  return s.n * s.c * s.o * s.od * s.oh * s.ow * s.d * s.h * s.w * s.taps() == 0;
}

/// One input channel and few outputs a group: bound by memory, and a product would leave most of
/// its register tile empty.
bool is_depthwise(const ConvSizes& s) {
  return s.flat() && s.group_c() == 1 && s.groups > 1 && s.group_o() <= 4;
}

bool is_3x3(const ConvSizes& s) {
  return s.flat() && s.kh == 3 && s.kw == 3 && s.stride_h == 1 && s.stride_w == 1 &&
         s.dilation_h == 1 && s.dilation_w == 1;
}

/// Whether the multiplications that Winograd's algorithm saves pay for its transforms; in units of
/// a multiplication for each pair of channels. A quarter of what is saved must be left. Forward, 64
/// channels of 32 x 32: 399 instead of about 200, 256 of 8 x 8: 274 instead of 195; 512 of 4 x 4
/// stay direct: writing 36 planes of weights costs more than the arithmetic that is saved. Weight
/// gradient, 64 of 32 x 32: 343 instead of 193, 256 of 8 x 8: 280 instead of 198.
bool winograd_pays(const ConvSizes& s, Pass pass) {
  const int64_t channels = std::min(s.group_c(), s.group_o());
  if (channels < 16) return false;
  const bool to_input = pass == Pass::grad_input;
  const int64_t rows = to_input ? s.h : s.oh, columns = to_input ? s.w : s.ow;
  const int64_t tiles = s.n * ceil_div(rows, kWinogradTile) * ceil_div(columns, kWinogradTile);
  const int64_t saved = 9 * s.n * rows * columns * 3 / 4;
  // Written and read once, memory and not arithmetic: the weights; of the weight gradient, the
  // sums.
  const int64_t planes = kWinogradPoints * 64;
  if (pass == Pass::grad_weight) {
    const int64_t transforms = tiles * kWinogradPoints * 12 / channels;
    return kWinogradPoints * tiles + transforms + planes <= saved;
  }
  const int64_t transforms = tiles * kWinogradPoints * 8 / channels;
  return kWinogradPoints * tiles + transforms + planes < saved;
}

}  // namespace

ConvAlgorithm choose_conv(const ConvSizes& s, Pass pass, DType compute) {
  if (is_void(s)) return ConvAlgorithm::nothing;
  if (!is_floating(compute)) return ConvAlgorithm::integer;
  if (is_depthwise(s)) return ConvAlgorithm::depthwise;
  if (compute == DType::float32 && is_3x3(s) && winograd_pays(s, pass)) {
    return ConvAlgorithm::winograd;
  }
  return ConvAlgorithm::product;
}

// Each packed number would be used for a single tile of outputs. Rows of less than half a vector
// would waste more than packing costs.
bool product_of_few_outputs(int64_t m, int64_t columns, int64_t lanes) {
  return m <= 4 && 2 * columns >= lanes;
}

}  // namespace ct::cpu
