// nonzero of the CPU backend: blocks are counted, and each then knows where its positions go.
#include <algorithm>
#include <cstring>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "core/view/dense.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kMaskBlock = 32768;  // elements: bytes of the mask

int64_t count_of(const uint8_t* mask, int64_t n) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) count += mask[i];
  return count;
}

/// Writes the positions of the elements [begin, end) that are set, from row `next` on.
void write_positions(const uint8_t* mask, int64_t begin, int64_t end, const Shape& shape,
                     int64_t* out, int64_t row_step, int64_t axis_step) {
  const int rank = shape.rank();
  const int64_t columns = rank == 0 ? 1 : shape.back();
  int64_t line = -1;  // the row of the input that `at` is for
  int64_t at[kMaxRank] = {};
  for (int64_t i = begin; i < end; ++i) {
    uint64_t eight = 0;
    if (i % 8 == 0 && i + 8 <= end) {
      std::memcpy(&eight, mask + i, 8);
      if (eight == 0) {
        i += 7;
        continue;
      }
    }
    if (mask[i] == 0) continue;
    if (rank > 0) {
      if (i / columns != line) {
        line = i / columns;
        int64_t rest = line;
        for (int a = rank - 2; a >= 0; --a) {
          at[a] = rest % shape[a];
          rest /= shape[a];
        }
      }
      at[rank - 1] = i - line * columns;
      for (int a = 0; a < rank; ++a) out[a * axis_step] = at[a];
    }
    out += row_step;
  }
}

}  // namespace

int64_t CpuBackend::nonzero(const NonzeroArgs& args) {
  const int64_t n = numel(args.input.shape);
  if (n == 0) return 0;
  const DenseInput dense(*this, args.input, DType::bool_);
  const auto* mask = dense.data<uint8_t>();
  const int64_t blocks = ceil_div(n, kMaskBlock);
  std::vector<int64_t> first(static_cast<size_t>(blocks) + 1, 0);
  parallel_for(blocks, [&](int64_t b) {
    first[static_cast<size_t>(b) + 1] =
        count_of(mask + b * kMaskBlock, std::min(kMaskBlock, n - b * kMaskBlock));
  });
  for (size_t b = 0; b < static_cast<size_t>(blocks); ++b) first[b + 1] += first[b];
  if (args.positions) {
    auto* out = view_data<int64_t>(args.positions);
    const int64_t row_step = args.positions.strides[0];
    const int64_t axis_step = args.positions.strides[1];
    parallel_for(blocks, [&](int64_t b) {
      write_positions(mask, b * kMaskBlock, std::min(n, (b + 1) * kMaskBlock), args.input.shape,
                      out + first[static_cast<size_t>(b)] * row_step, row_step, axis_step);
    });
  }
  return first.back();
}

}  // namespace ct::cpu
