// The library's own kernels: which there are, and the translation units they are built in. A unit
// is built once for each compute type it is used with. On PoCL that takes 0.3 s, and 0.2 s for each
// kernel that is in it: so a unit holds what networks use together.
#pragma once

#include <cstdint>
#include <string>

#include "backend_opencl/device/profile.hpp"
#include "customtensor/dtype.hpp"

namespace ct::opencl {

enum class Unit : uint8_t {
  products,
  softmax,
  cross_entropy,
  norm,
  pool_max,
  pool_average,
  resample,
  gather,
  order,
  search,
  depthwise,
  transpose
};
inline constexpr int kUnitCount = static_cast<int>(Unit::transpose) + 1;

enum class LibraryKernel : uint8_t {
  conv_pack_weights,
  conv_product,
  conv_product_tiles,
  conv_grad_weight,
  conv_grad_weight_tiles,
  conv_sum_parts,
  winograd_weights,
  winograd_product,
  winograd_grad_weight,
  winograd_sum_parts,
  softmax_rows,
  softmax_columns,
  softmax_backward_rows,
  softmax_backward_columns,
  cross_entropy_forward,
  cross_entropy_backward,
  norm_channel_forward,
  norm_channel_backward,
  norm_row_forward,
  norm_row_backward,
  norm_group_forward,
  norm_group_backward,
  arg_reduce,
  pool_max_forward,
  pool_max_backward,
  pool_average_forward,
  pool_average_backward,
  resample,
  grid_sample_forward,
  grid_sample_grad_input,
  grid_sample_grad_grid,
  gather_uchar,
  gather_ushort,
  gather_uint,
  gather_ulong,
  scatter,
  bag,
  sort_short,
  sort_entries,
  sort_count,
  sort_scatter,
  sort_rows,
  sort_write,
  best_elements,
  best_entries,
  select_begin,
  select_count,
  select_narrow,
  search,
  nonzero_count,
  nonzero_write,
  depthwise_product,
  depthwise_grad_weight,
  depthwise_sum_parts,
  transpose_uchar,
  transpose_ushort,
  transpose_uint,
  transpose_ulong,
};
inline constexpr int kLibraryKernelCount = static_cast<int>(LibraryKernel::transpose_ulong) + 1;

/// The kernel's name in its unit.
const char* entry_of(LibraryKernel kernel);
Unit unit_of(LibraryKernel kernel);
std::string unit_source(Unit unit, const Profile& profile);
/// The -DLANES that the unit is built with: some have text for 8 alone.
int unit_lanes(Unit unit, const Profile& profile, DType compute);

/// The tile that CPU-class devices multiply in registers, as kernels/matmul/panel.cl has it.
struct PanelShape {
  int64_t rows, columns;
};
PanelShape panel_shape(const Profile& profile, DType compute);

}  // namespace ct::opencl
