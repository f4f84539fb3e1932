// Sparse linear maps of single axes, worked out on the host in float64: what interpolation and
// windows are made of. Transposed they are their own gradients, in the form of gathers again.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "customtensor/tensor.hpp"

namespace ct::ops {

/// out[o] = sum over k < taps of weight[k * out + o] * in[index[k * out + o]].
struct AxisMap {
  int64_t in = 0, out = 0, taps = 0;
  std::vector<int32_t> index;  ///< -1 adds nothing
  std::vector<double> weight;  ///< empty: ones

  /// What an element of the result is made of: pairs of a place and its weight.
  using Entries = std::vector<std::pair<int64_t, double>>;
  /// `fill(o, entries)` appends those of o, for each o. Neighbours of one place are added up, those
  /// of no weight left out.
  static AxisMap of(int64_t in, int64_t out, const std::function<void(int64_t, Entries&)>& fill);
  AxisMap transposed() const;
  bool is_identity() const;
};

/// The maps of the last axes of a tensor, one to three.
using AxisMaps = std::vector<AxisMap>;

/// x with its last axes mapped: the op `name`, recorded. `make` is called once the result has its
/// memory, and never where there are no values.
Tensor resample(const char* name, const Tensor& x, const Shape& shape,
                const std::function<AxisMaps()>& make);

/// Errors: ValueError naming `op` if an axis is too long for a map's places.
void check_axis_length(const char* op, int64_t in, int64_t out);

}  // namespace ct::ops
