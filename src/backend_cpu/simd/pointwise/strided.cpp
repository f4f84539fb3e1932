// Copies between strided tiles of any dtype and dense blocks of a compute type: how operands that
// are not contiguous, or of another dtype, come into and go out of the interpreter's blocks.
// Nothing here is vector code: contiguous rows and transposed tiles go to convert.cpp's kernels,
// but those of the dtypes whose conversions are plain loops, which are here too.
#include <cstdint>

#include "backend_cpu/simd/pointwise/conversion.hpp"
#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"

namespace ct::cpu {
namespace {

/// Below this many elements a row is copied here, without a call.
constexpr int64_t kShortRow = 12;

template <class T, class S>
void gather(const void* source_data, int64_t row_stride, int64_t column_stride, int64_t rows,
            int64_t columns, void* block) {
  const auto* source = static_cast<const S*>(source_data);
  auto* target = static_cast<T*>(block);
  if (column_stride == 0) {
    for (int64_t r = 0; r < rows; ++r) {
      const T value = convert_element<T>(source[r * row_stride]);
      for (int64_t c = 0; c < columns; ++c) target[r * columns + c] = value;
    }
    return;
  }
  if (column_stride == 1 && columns >= kShortRow) {
    const ConvertKernel load =
        pointwise_kernels().load[compute_index(dtype_of<T>)][static_cast<int>(kStorageDType<S>)];
    for (int64_t r = 0; r < rows; ++r) {
      load(source + r * row_stride, target + r * columns, columns);
    }
    return;
  }
  if constexpr (std::is_same_v<S, T>) {
    if (row_stride == 1 && rows >= 4 && columns >= 2) {
      // A column of the tile is contiguous in memory: turn it.
      const auto& kernels = pointwise_kernels();
      (sizeof(T) == 4 ? kernels.transpose32 : kernels.transpose64)(source, column_stride, target,
                                                                   columns, columns, rows);
      return;
    }
  }
  const bool by_columns =
      row_stride != 0 && row_stride * row_stride < column_stride * column_stride;
  if (by_columns) {  // along the smaller stride
    for (int64_t c = 0; c < columns; ++c) {
      for (int64_t r = 0; r < rows; ++r) {
        target[r * columns + c] = convert_element<T>(source[r * row_stride + c * column_stride]);
      }
    }
    return;
  }
  for (int64_t r = 0; r < rows; ++r) {
    const S* row = source + r * row_stride;
    for (int64_t c = 0; c < columns; ++c) {
      target[r * columns + c] = convert_element<T>(row[c * column_stride]);
    }
  }
}

template <class T, class S>
void scatter(const void* block, void* target_data, int64_t row_stride, int64_t column_stride,
             int64_t rows, int64_t columns) {
  const auto* source = static_cast<const T*>(block);
  auto* target = static_cast<S*>(target_data);
  if (column_stride == 1 && columns >= kShortRow) {
    const ConvertKernel store =
        pointwise_kernels().store[compute_index(dtype_of<T>)][static_cast<int>(kStorageDType<S>)];
    for (int64_t r = 0; r < rows; ++r) {
      store(source + r * columns, target + r * row_stride, columns);
    }
    return;
  }
  if constexpr (std::is_same_v<S, T>) {
    if (row_stride == 1 && rows >= 4 && columns >= 2) {
      const auto& kernels = pointwise_kernels();
      (sizeof(T) == 4 ? kernels.transpose32 : kernels.transpose64)(source, columns, target,
                                                                   column_stride, rows, columns);
      return;
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    S* row = target + r * row_stride;
    for (int64_t c = 0; c < columns; ++c) {
      row[c * column_stride] = convert_element<S>(source[r * columns + c]);
    }
  }
}

template <class To, class From>
void convert(const void* source_data, void* target_data, int64_t n) {
  const auto* source = static_cast<const From*>(source_data);
  auto* target = static_cast<To*>(target_data);
  for (int64_t i = 0; i < n; ++i) target[i] = convert_element<To>(source[i]);
}

template <class T>
void fill(PointwiseKernels& table) {
  constexpr int kType = compute_index(dtype_of<T>);
  const auto fill_convert = [&]<class S, DType kDType>() {
    table.load[kType][static_cast<int>(kDType)] = convert<T, S>;
    table.store[kType][static_cast<int>(kDType)] = convert<S, T>;
  };
  if constexpr (std::is_same_v<T, uint64_t>) {
    for_each_storage_type(fill_convert);
    table.stream[kType] = table.stream[compute_index(DType::int64)];
  } else {
    for_each_plain_type(fill_convert);
  }
  for_each_storage_type([&]<class S, DType kDType>() {
    table.gather[kType][static_cast<int>(kDType)] = gather<T, S>;
    table.scatter[kType][static_cast<int>(kDType)] = scatter<T, S>;
  });
}

}  // namespace

void fill_strided_kernels(PointwiseKernels& table) {
  fill<float>(table);
  fill<double>(table);
  fill<int32_t>(table);
  fill<int64_t>(table);
  fill<uint64_t>(table);
}

}  // namespace ct::cpu
