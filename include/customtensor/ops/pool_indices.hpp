// Maximum pooling that also says where the largest values were, to a given size, of windows at
// random places, and backwards.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "customtensor/ops/conv.hpp"
#include "customtensor/ops/conv3d.hpp"
#include "customtensor/ops/pool3d.hpp"
#include "customtensor/ops/pool_axes.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

class Generator;

/// The largest values of windows and their places in a channel of x, in row-major order.
struct PooledMax {
  Tensor values;
  Tensor indices;  ///< int64, of the values' shape
};

/// max_pool1d, 2d, 3d with places. Source: torch.nn.functional.max_pool1d_with_indices, 2d, 3d
CT_API PooledMax max_pool1d_with_indices(const Tensor& x, int64_t kernel,
                                         const Pool1dOptions& options = {});
CT_API PooledMax max_pool2d_with_indices(const Tensor& x, Pair kernel,
                                         const PoolOptions& options = {});
CT_API PooledMax max_pool3d_with_indices(const Tensor& x, Triple kernel,
                                         const PoolOptions3d& options = {});

/// The largest of as many windows as `size` says, which are those of adaptive_avg_pool1d. 0: as
/// many as there are. Shapes: x (n, c, sizes…) or (c, sizes…) Errors: ShapeError for other ranks;
/// ValueError for a negative size, or windows of nothing Source:
/// torch.nn.functional.adaptive_max_pool1d, 2d, 3d
CT_API Tensor adaptive_max_pool1d(const Tensor& x, int64_t size);
CT_API Tensor adaptive_max_pool2d(const Tensor& x, Pair size);
CT_API Tensor adaptive_max_pool3d(const Tensor& x, Triple size);
CT_API PooledMax adaptive_max_pool1d_with_indices(const Tensor& x, int64_t size);
CT_API PooledMax adaptive_max_pool2d_with_indices(const Tensor& x, Pair size);
CT_API PooledMax adaptive_max_pool3d_with_indices(const Tensor& x, Triple size);

/// What max_pool was given, all but its largest values 0: `indices` are its places. `output_size`
/// chooses between the sizes that pool to x's; empty: (size - 1) stride - 2 padding + kernel.
/// Shapes: x and indices (n, c, sizes…) or (c, sizes…). Of equal indices one is kept.
/// Errors: ShapeError if shapes differ or have another rank; DTypeError unless indices are int64;
/// ValueError for an output size that does not pool to x's, IndexError for a place outside
/// Source: torch.nn.functional.max_unpool1d, 2d, 3d
CT_API Tensor max_unpool1d(const Tensor& x, const Tensor& indices, int64_t kernel,
                           int64_t stride = 0, int64_t padding = 0,
                           std::span<const int64_t> output_size = {});
CT_API Tensor max_unpool2d(const Tensor& x, const Tensor& indices, Pair kernel, Pair stride = 0,
                           Pair padding = 0, std::span<const int64_t> output_size = {});
CT_API Tensor max_unpool3d(const Tensor& x, const Tensor& indices, Triple kernel, Triple stride = 0,
                           Triple padding = 0, std::span<const int64_t> output_size = {});

/// One of output_size and output_ratio says how many windows there are.
struct FractionalPool2dOptions {
  std::optional<Pair> output_size = {};
  std::optional<std::array<double, 2>> output_ratio = {};  ///< of x's sizes, in (0, 1)
  Tensor random_samples = {};  ///< (n, c, 2) in [0, 1), along w and h; undefined: drawn
  Generator* generator = nullptr;
};
struct FractionalPool3dOptions {
  std::optional<Triple> output_size = {};
  std::optional<std::array<double, 3>> output_ratio = {};
  Tensor random_samples = {};  ///< (n, c, 3) in [0, 1), along d, h and w
  Generator* generator = nullptr;
};
/// The largest of windows whose distances are one of two neighbouring whole numbers, at random:
/// window i begins at floor((i + u) a) - floor(u a), a = (size - kernel) / (out - 1), the last at
/// size - kernel, for a sample u of each channel and axis.
/// Shapes: x (n, c, sizes…) or (c, sizes…)
/// Errors: ShapeError for other ranks or samples; ValueError for a size that does not fit
/// Source: torch.nn.functional.fractional_max_pool2d, 3d; Graham, arXiv:1412.6071
CT_API Tensor fractional_max_pool2d(const Tensor& x, Pair kernel,
                                    const FractionalPool2dOptions& options);
CT_API Tensor fractional_max_pool3d(const Tensor& x, Triple kernel,
                                    const FractionalPool3dOptions& options);
CT_API PooledMax fractional_max_pool2d_with_indices(const Tensor& x, Pair kernel,
                                                    const FractionalPool2dOptions& options);
CT_API PooledMax fractional_max_pool3d_with_indices(const Tensor& x, Triple kernel,
                                                    const FractionalPool3dOptions& options);

}  // namespace ct
