// See library.hpp.
#include "backend_opencl/source/library.hpp"

#include <array>
#include <vector>

#include "backend_opencl/source/kernel_source.hpp"

namespace ct::opencl {
namespace {

/// In the order of LibraryKernel.
constexpr std::array<const char*, kLibraryKernelCount> kNames = {
    "conv_pack_weights",
    "conv_product",
    "conv_product_tiles",
    "conv_grad_weight",
    "conv_grad_weight_tiles",
    "conv_sum_parts",
    "winograd_weights",
    "winograd_product",
    "winograd_grad_weight",
    "winograd_sum_parts",
    "softmax_rows",
    "softmax_columns",
    "softmax_backward_rows",
    "softmax_backward_columns",
    "cross_entropy_forward",
    "cross_entropy_backward",
    "norm_channel_forward",
    "norm_channel_backward",
    "norm_row_forward",
    "norm_row_backward",
    "norm_group_forward",
    "norm_group_backward",
    "arg_reduce",
    "pool_max_forward",
    "pool_max_backward",
    "pool_average_forward",
    "pool_average_backward",
    "resample",
    "grid_sample_forward",
    "grid_sample_grad_input",
    "grid_sample_grad_grid",
    "gather_uchar",
    "gather_ushort",
    "gather_uint",
    "gather_ulong",
    "scatter",
    "bag",
    "sort_short",
    "sort_entries",
    "sort_count",
    "sort_scatter",
    "sort_rows",
    "sort_write",
    "best_elements",
    "best_entries",
    "select_begin",
    "select_count",
    "select_narrow",
    "search",
    "nonzero_count",
    "nonzero_write",
    "depthwise_product",
    "depthwise_grad_weight",
    "depthwise_sum_parts",
    "transpose_uchar",
    "transpose_ushort",
    "transpose_uint",
    "transpose_ulong",
};

/// The files of kernels/, in order.
std::vector<const char*> parts_of(Unit unit, Style style) {
  switch (unit) {
    case Unit::products:
      if (style == Style::gpu) return {"common", "conv/conv", "conv/conv_tiles"};
      return {"common",        "pointwise/square",         "matmul/panel",
              "conv/conv",     "conv/conv_product",        "conv/conv_grad_weight",
              "conv/winograd", "conv/winograd_grad_weight"};
    case Unit::softmax:
      return {"common", "rows", "pointwise/elementary", "norm/row_exp", "norm/softmax"};
    case Unit::cross_entropy:
      return {"common",
              "rows",
              "pointwise/elementary",
              "norm/row_exp",
              "index/index_check",
              "norm/cross_entropy"};
    case Unit::norm:
      return {"common", "rows", "norm/norm", "norm/group_norm"};
    case Unit::pool_max:
      return {"common", "rows", "reduce/arg_reduce", "conv/pool", "conv/pool_max"};
    case Unit::pool_average:
      return {"common", "rows", "conv/pool", "conv/pool_average"};
    case Unit::resample:
      return {"common", "rows", "resample/resample", "resample/grid_sample"};
    case Unit::gather:
      return {"common", "rows", "index/index_check", "index/gather", "index/bag"};
    case Unit::order:
      return {"common", "rows", "order/sort", "order/select"};
    case Unit::search:
      return {"common", "rows", "order/search", "index/nonzero"};
    case Unit::depthwise:
      return {"common", "rows", "conv/conv", "conv/conv_depthwise"};
    default:
      return {"common", "pointwise/square", "rows", "pointwise/transpose"};
  }
}

}  // namespace

const char* entry_of(LibraryKernel kernel) { return kNames[static_cast<size_t>(kernel)]; }

Unit unit_of(LibraryKernel kernel) {
  if (kernel <= LibraryKernel::winograd_sum_parts) return Unit::products;
  if (kernel <= LibraryKernel::softmax_backward_columns) return Unit::softmax;
  if (kernel <= LibraryKernel::cross_entropy_backward) return Unit::cross_entropy;
  if (kernel <= LibraryKernel::norm_group_backward) return Unit::norm;
  if (kernel <= LibraryKernel::pool_max_backward) return Unit::pool_max;
  if (kernel <= LibraryKernel::pool_average_backward) return Unit::pool_average;
  if (kernel <= LibraryKernel::grid_sample_grad_grid) return Unit::resample;
  if (kernel <= LibraryKernel::bag) return Unit::gather;
  if (kernel <= LibraryKernel::select_narrow) return Unit::order;
  if (kernel <= LibraryKernel::nonzero_write) return Unit::search;
  return kernel <= LibraryKernel::depthwise_sum_parts ? Unit::depthwise : Unit::transpose;
}

std::string unit_source(Unit unit, const Profile& profile) {
  std::string source;
  for (const char* part : parts_of(unit, profile.style)) source += kernel_source(part);
  return source;
}

int unit_lanes(Unit unit, const Profile& profile, DType compute) {
  switch (unit) {
    case Unit::softmax:
    case Unit::cross_entropy:
    case Unit::norm:
    case Unit::pool_max:
    case Unit::pool_average:
    case Unit::depthwise:
      return profile.program_lanes(item_size(compute));
    default:
      return profile.lanes();
  }
}

PanelShape panel_shape(const Profile& profile, DType compute) {
  const int wide = profile.wide(item_size(compute));
  if (item_size(compute) == 8) return wide >= 8 ? PanelShape{8, 16} : PanelShape{6, 8};
  return wide >= 16 ? PanelShape{8, 32} : PanelShape{6, 16};
}

}  // namespace ct::opencl
