// Batch and instance norms whose number of channels comes with the first input.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/container/lazy_module.hpp"
#include "customtensor/nn/norm/batch_norm.hpp"
#include "customtensor/nn/norm/instance_norm.hpp"

namespace ct::nn {

namespace detail {
template <class Member>
std::vector<Member> norm_members(bool affine, bool tracked) {
  std::vector<Member> all;
  if (affine) all = {{.name = "weight", .axis = 0}, {.name = "bias", .axis = 0}};
  if (tracked) {
    all.push_back({.name = "running_mean", .axis = 0});
    all.push_back({.name = "running_var", .axis = 0});
    all.push_back({.name = "num_batches_tracked"});
  }
  return all;
}
}  // namespace detail

/// BatchNorm1d(channels), channels = those of the first x.
/// Errors: as BatchNorm1d; ShapeError for an x without that axis. Source: torch.nn.LazyBatchNorm1d
class CT_API LazyBatchNorm1d : public LazyLayer<BatchNorm1d> {
 public:
  explicit LazyBatchNorm1d(const BatchNormOptions& options = {})
      : LazyLayer("LazyBatchNorm1d", 0,
                  detail::norm_members<Member>(options.affine, options.track_running_stats),
                  [=](int64_t channels) { return BatchNorm1d(channels, options); }) {}
};
/// BatchNorm2d(channels), channels = those of the first x.
/// Errors: as BatchNorm2d; ShapeError for an x without that axis. Source: torch.nn.LazyBatchNorm2d
class CT_API LazyBatchNorm2d : public LazyLayer<BatchNorm2d> {
 public:
  explicit LazyBatchNorm2d(const BatchNormOptions& options = {})
      : LazyLayer("LazyBatchNorm2d", 0,
                  detail::norm_members<Member>(options.affine, options.track_running_stats),
                  [=](int64_t channels) { return BatchNorm2d(channels, options); }) {}
};
/// BatchNorm3d(channels), channels = those of the first x.
/// Errors: as BatchNorm3d; ShapeError for an x without that axis. Source: torch.nn.LazyBatchNorm3d
class CT_API LazyBatchNorm3d : public LazyLayer<BatchNorm3d> {
 public:
  explicit LazyBatchNorm3d(const BatchNormOptions& options = {})
      : LazyLayer("LazyBatchNorm3d", 0,
                  detail::norm_members<Member>(options.affine, options.track_running_stats),
                  [=](int64_t channels) { return BatchNorm3d(channels, options); }) {}
};
/// InstanceNorm1d(channels), channels = those of the first x.
/// Errors: as InstanceNorm1d; ShapeError for an x without that axis. Source:
/// torch.nn.LazyInstanceNorm1d
class CT_API LazyInstanceNorm1d : public LazyLayer<InstanceNorm1d> {
 public:
  explicit LazyInstanceNorm1d(const InstanceNormOptions& options = {})
      : LazyLayer("LazyInstanceNorm1d", 1,
                  detail::norm_members<Member>(options.affine, options.track_running_stats),
                  [=](int64_t channels) { return InstanceNorm1d(channels, options); }) {}
};
/// InstanceNorm2d(channels), channels = those of the first x.
/// Errors: as InstanceNorm2d; ShapeError for an x without that axis. Source:
/// torch.nn.LazyInstanceNorm2d
class CT_API LazyInstanceNorm2d : public LazyLayer<InstanceNorm2d> {
 public:
  explicit LazyInstanceNorm2d(const InstanceNormOptions& options = {})
      : LazyLayer("LazyInstanceNorm2d", 2,
                  detail::norm_members<Member>(options.affine, options.track_running_stats),
                  [=](int64_t channels) { return InstanceNorm2d(channels, options); }) {}
};
/// InstanceNorm3d(channels), channels = those of the first x.
/// Errors: as InstanceNorm3d; ShapeError for an x without that axis. Source:
/// torch.nn.LazyInstanceNorm3d
class CT_API LazyInstanceNorm3d : public LazyLayer<InstanceNorm3d> {
 public:
  explicit LazyInstanceNorm3d(const InstanceNormOptions& options = {})
      : LazyLayer("LazyInstanceNorm3d", 3,
                  detail::norm_members<Member>(options.affine, options.track_running_stats),
                  [=](int64_t channels) { return InstanceNorm3d(channels, options); }) {}
};

}  // namespace ct::nn
