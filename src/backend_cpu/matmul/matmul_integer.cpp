// A thread has whole rows of the result, each added up in a row of 64-bit sums. These wrap, so that
// the bits of a signed type are those of the unsigned one of its size.
#include "backend_cpu/matmul/matmul_integer.hpp"

#include <algorithm>
#include <type_traits>

#include "backend_cpu/pointwise/pointwise.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/strided.hpp"

namespace ct::cpu {
namespace {

/// One row of C: k rows of B, scaled, are added up in 64 bits (unsigned, so that they wrap).
template <class T>
void run_row(const MatmulArgs& args, int64_t index, uint64_t* sums) {
  const TensorView &a = args.a, &b = args.b, &c = args.out;
  const int rank = c.shape.rank();
  const int64_t n = c.shape[rank - 1], k = a.shape[rank - 1];
  const T* from_a = view_data<T>(a);
  const T* from_b = view_data<T>(b);
  T* to = view_data<T>(c);
  for (int axis = rank - 2; axis >= 0; --axis) {
    const int64_t i = index % c.shape[axis];
    index /= c.shape[axis];
    from_a += i * a.strides[axis];
    to += i * c.strides[axis];
    if (axis < rank - 2) from_b += i * b.strides[axis];
  }
  const int64_t a_step = a.strides[rank - 1], b_row = b.strides[rank - 2],
                b_column = b.strides[rank - 1];
  std::fill(sums, sums + n, uint64_t{0});
  if (args.bias) {
    const T* bias = view_data<T>(args.bias);
    for (int64_t j = 0; j < n; ++j) sums[j] = static_cast<uint64_t>(bias[j * args.bias.strides[0]]);
  }
  for (int64_t p = 0; p < k; ++p) {
    const auto scale = static_cast<uint64_t>(from_a[p * a_step]);
    if (scale == 0) continue;
    const T* row = from_b + p * b_row;
    if (b_column == 1) {
      for (int64_t j = 0; j < n; ++j) sums[j] += scale * static_cast<uint64_t>(row[j]);
    } else {
      for (int64_t j = 0; j < n; ++j) sums[j] += scale * static_cast<uint64_t>(row[j * b_column]);
    }
  }
  const int64_t step = c.strides[rank - 1];
  for (int64_t j = 0; j < n; ++j) {
    if constexpr (std::is_same_v<T, bool>) {
      to[j * step] = sums[j] != 0;
    } else {
      to[j * step] = static_cast<T>(sums[j]);
    }
  }
}

template <class T>
void run(const MatmulArgs& args) {
  const int rank = args.out.shape.rank();
  const int64_t n = args.out.shape[rank - 1], k = args.a.shape[rank - 1];
  const int64_t rows = numel(args.out.shape) / n;
  parallel_ranges(rows, std::max<int64_t>(1, 65536 / (n * (k + 1))),
                  [&](int64_t begin, int64_t end) {
                    auto* sums = scratch<uint64_t>(Scratch::block_c, n);
                    for (int64_t row = begin; row < end; ++row) run_row<T>(args, row, sums);
                  });
  if (args.epilogue.program != nullptr) {
    run_epilogue(args.epilogue, args.out, Dims::filled(rank, 0));
  }
}

}  // namespace

void matmul_integer(const MatmulArgs& args) {
  if (numel(args.out.shape) == 0) return;
  switch (args.out.dtype) {
    case DType::int32:
    case DType::uint32:
      return run<int32_t>(args);
    case DType::int64:
    case DType::uint64:
      return run<int64_t>(args);
    case DType::int16:
    case DType::uint16:
      return run<int16_t>(args);
    case DType::int8:
    case DType::uint8:
      return run<uint8_t>(args);
    default:
      return run<bool>(args);
  }
}

}  // namespace ct::cpu
