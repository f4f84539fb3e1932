// Unpooling: the values scattered to the places that a maximum pool said.
#include <fmt/format.h>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/pool_indices.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/conv/pool.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct {

namespace {

Tensor unpool(const char* op, const Tensor& x, const Tensor& indices, const Dims& kernel,
              Dims stride, const Dims& padding, std::span<const int64_t> output_size) {
  const int axes = kernel.rank();
  bool single = false;
  const Tensor batch = ops::with_samples(op, x, axes, single);
  detail::check_defined(indices, op, "indices");
  detail::check_same_device(x, indices, op);
  if (indices.shape() != x.shape()) {
    throw ShapeError(fmt::format("{}: x and indices must have one shape: {} and {}", op,
                                 to_string(x.shape()), to_string(indices.shape())));
  }
  if (indices.dtype() != int64) {
    throw DTypeError(fmt::format("{}: indices must be int64: {}", op, name(indices.dtype())));
  }
  if (!output_size.empty() && output_size.size() != static_cast<size_t>(axes)) {
    throw ValueError(
        fmt::format("{}: output_size must be {} numbers: {}", op, axes, output_size.size()));
  }
  for (int i = 0; i < axes; ++i) {
    if (stride[i] == 0) stride[i] = kernel[i];
  }
  Shape shape{batch.size(0), batch.size(1)};
  for (int i = 0; i < axes; ++i) {
    if (kernel[i] < 1 || stride[i] < 1 || padding[i] < 0) {
      throw ValueError(fmt::format(
          "{}: kernel and stride must be at least 1, padding at least 0: kernel {}, stride {}, "
          "padding {}",
          op, to_string(kernel), to_string(stride), to_string(padding)));
    }
    const int64_t steps = checked_mul(op, batch.size(2 + i) - 1, stride[i]);
    const int64_t usual =
        checked_sub(op, checked_add(op, steps, kernel[i]), checked_mul(op, 2, padding[i]));
    const int64_t size = output_size.empty() ? usual : output_size[static_cast<size_t>(i)];
    if (size < 1 || size <= usual - stride[i] || size >= checked_add(op, usual, stride[i])) {
      throw ValueError(fmt::format(
          "{}: a size of {} along axis {} does not pool to {}: kernel {}, stride {}, padding {}",
          op, size, i, to_string(x.shape()), to_string(kernel), to_string(stride),
          to_string(padding)));
    }
    shape.push_back(size);
  }
  int64_t places = 1;
  for (int i = 0; i < axes; ++i) places = checked_mul(op, places, shape[2 + i]);
  checked_numel(op, shape);
  const Tensor none =
      zeros({shape[0], shape[1], places}, {.dtype = x.dtype(), .device = x.device()});
  const Tensor index = (single ? indices.unsqueeze(0) : indices).flatten(2);
  const Tensor y = scatter(none, 2, index, batch.flatten(2)).reshape(shape);
  return single ? y.squeeze(0) : y;
}

}  // namespace

Tensor max_unpool1d(const Tensor& x, const Tensor& indices, int64_t kernel, int64_t stride,
                    int64_t padding, std::span<const int64_t> output_size) {
  return unpool("max_unpool1d", x, indices, {kernel}, {stride}, {padding}, output_size);
}
Tensor max_unpool2d(const Tensor& x, const Tensor& indices, Pair kernel, Pair stride, Pair padding,
                    std::span<const int64_t> output_size) {
  return unpool("max_unpool2d", x, indices, kernel.array(), stride.array(), padding.array(),
                output_size);
}
Tensor max_unpool3d(const Tensor& x, const Tensor& indices, Triple kernel, Triple stride,
                    Triple padding, std::span<const int64_t> output_size) {
  return unpool("max_unpool3d", x, indices, kernel.array(), stride.array(), padding.array(),
                output_size);
}

}  // namespace ct
