// Indexing by tensors, ready for the kernels: which axes are indexed, by what, and where the
// indices' own axes stand in the result. Taking is one gather and placing one scatter along a
// single axis: the indexed axes are joined to one, and their indices to one number each.
#pragma once

#include <optional>
#include <vector>

#include "customtensor/backend.hpp"
#include "customtensor/tensor.hpp"

namespace ct::ops {

struct Picks {
  Dims axes;      ///< of the tensor, ascending
  Tensors index;  ///< one for each of them: int64, in range (negative: from the end), of `shape`
  bool negative = false;  ///< some of them may be
  /// Of the only index: what the device is to check with the next call.
  std::optional<IndexCheck> check;
  Shape shape;    ///< of all indices together
  int place = 0;  ///< of the indices' axes in the result, among the axes that are left

  /// The shape of what is taken from a tensor of shape `x`.
  Shape result_shape(const Shape& x) const;
};

/// `entries[i]` indexes axis i of x, if it is defined: of integers, or a mask, whose further axes
/// must be left undefined. Errors: as Tensor::index, naming `op`.
Picks picks_of(const char* op, const Tensor& x, const Tensors& entries);

/// x at the picks; recorded.
Tensor take_picks(const char* op, const Tensor& x, const Picks& picks);
/// x at the picks = value, or += value; in place, recorded.
void put_picks(const char* op, const Tensor& x, const Picks& picks, const Tensor& value,
               bool accumulate);

// --- pick_kernels.cpp

/// The axes of a tensor of `rank` axes that are not indexed.
Dims axes_left(const Picks& picks, int rank);
/// out = x at the picks; not recorded.
void run_take(const Tensor& x, const Picks& picks, const Tensor& out);
/// x at the picks = value, of their result_shape, or combined with it; x must not overlap itself.
/// Not recorded, no version change.
void run_put(const Tensor& x, const Picks& picks, const Tensor& value, ScatterMode mode);

}  // namespace ct::ops
