// The one way from ops to a device's kernels: calls that are measured while a profile is taken, and
// else go straight to the backend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "core/device/profiling.hpp"
#include "core/memory/memory_use.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"

namespace ct {

namespace profiling {
/// Bytes of the elements that a view shows, those that are repeated by zero strides once.
CT_API double bytes_of(const TensorView& view);
/// What the best algorithm must move once. Of picked elements only those, not all that there are.
template <class Args>
double bytes_of(const Args& args) {
  double bytes = 0;
  for_each_view(args, [&](ViewRole, const char*, const TensorView& v) { bytes += bytes_of(v); });
  return bytes;
}
double bytes_of(const GatherArgs& args);
double bytes_of(const ScatterArgs& args);
double bytes_of(const BagArgs& args);

/// Operations of the direct algorithm; 0 where nobody counts them.
template <class Args>
double flops_of(const Args& /*args*/) {
  return 0;
}
double flops_of(const PointwiseArgs& args);
double flops_of(const PointwiseEachArgs& args);
double flops_of(const ReduceArgs& args);
double flops_of(const MatmulArgs& args);
double flops_of(const ConvArgs& args);

/// What is told apart within a family.
template <class Args>
std::string_view detail_of(const Args& args) {
  if constexpr (std::is_same_v<Args, PointwiseArgs> || std::is_same_v<Args, PointwiseEachArgs>) {
    return args.program->name();
  }
  return {};
}
}  // namespace profiling

/// Backend's families under the same names; see there.
class Kernels {
 public:
  explicit Kernels(Backend& backend) : backend_(backend) {}

  void pointwise(const PointwiseArgs& a) const { run("pointwise", a, &Backend::pointwise); }
  void pointwise_each(const PointwiseEachArgs& a) const {
    run("pointwise_each", a, &Backend::pointwise_each);
  }
  void reduce(const ReduceArgs& a) const { run("reduce", a, &Backend::reduce); }
  void arg_reduce(const ArgReduceArgs& a) const { run("arg_reduce", a, &Backend::arg_reduce); }
  void matmul(const MatmulArgs& a) const { run("matmul", a, &Backend::matmul); }
  void conv_forward(const ConvArgs& a) const { run("conv_forward", a, &Backend::conv_forward); }
  void conv_grad_input(const ConvArgs& a) const {
    run("conv_grad_input", a, &Backend::conv_grad_input);
  }
  void conv_grad_weight(const ConvArgs& a) const {
    run("conv_grad_weight", a, &Backend::conv_grad_weight);
  }
  void pool_forward(const PoolArgs& a) const { run("pool_forward", a, &Backend::pool_forward); }
  void pool_backward(const PoolArgs& a) const { run("pool_backward", a, &Backend::pool_backward); }
  void resample(const ResampleArgs& a) const { run("resample", a, &Backend::resample); }
  void grid_sample(const GridSampleArgs& a) const { run("grid_sample", a, &Backend::grid_sample); }
  void norm_forward(const NormArgs& a) const { run("norm_forward", a, &Backend::norm_forward); }
  void norm_backward(const NormBackwardArgs& a) const {
    run("norm_backward", a, &Backend::norm_backward);
  }
  void softmax_forward(const SoftmaxArgs& a) const {
    run("softmax_forward", a, &Backend::softmax_forward);
  }
  void softmax_backward(const SoftmaxBackwardArgs& a) const {
    run("softmax_backward", a, &Backend::softmax_backward);
  }
  void cross_entropy_forward(const CrossEntropyArgs& a) const {
    run("cross_entropy_forward", a, &Backend::cross_entropy_forward);
  }
  void cross_entropy_backward(const CrossEntropyBackwardArgs& a) const {
    run("cross_entropy_backward", a, &Backend::cross_entropy_backward);
  }
  void gather(const GatherArgs& a) const { run("gather", a, &Backend::gather); }
  void scatter(const ScatterArgs& a) const { run("scatter", a, &Backend::scatter); }
  void bag(const BagArgs& a) const { run("bag", a, &Backend::bag); }
  void scan(const ScanArgs& a) const { run("scan", a, &Backend::scan); }
  void sort(const SortArgs& a) const { run("sort", a, &Backend::sort); }
  void search(const SearchArgs& a) const { run("search", a, &Backend::search); }
  void linalg(const LinalgArgs& a) const { run("linalg", a, &Backend::linalg); }
  void multinomial(const MultinomialArgs& a) const { run("multinomial", a, &Backend::multinomial); }
  void fft(const FftArgs& a) const { run("fft", a, &Backend::fft); }
  int64_t nonzero(const NonzeroArgs& a) const { return run("nonzero", a, &Backend::nonzero); }

  void copy(void* target, size_t target_offset, const void* source, size_t source_offset,
            size_t bytes) const {
    move("copy", 2 * bytes,
         [&] { backend_.copy(target, target_offset, source, source_offset, bytes); });
  }
  void copy_from_host(void* buffer, size_t offset, const void* source, size_t bytes) const {
    move("copy_from_host", bytes, [&] { backend_.copy_from_host(buffer, offset, source, bytes); });
  }
  void copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) const {
    move("copy_to_host", bytes, [&] { backend_.copy_to_host(target, buffer, offset, bytes); });
  }
  void synchronize() const {
    move("synchronize", 0, [&] { backend_.synchronize(); });
  }

 private:
  template <class Args, class Result>
  Result run(const char* family, const Args& args, Result (Backend::*method)(const Args&)) const {
    try {
      if (!profiling::is_on()) [[likely]]
        return (backend_.*method)(args);
      const profiling::FamilyCall call(
          backend_, family, profiling::detail_of(args),
          {.bytes = profiling::bytes_of(args), .flops = profiling::flops_of(args)});
      return (backend_.*method)(args);
    } catch (const OutOfMemoryError& error) {  // of memory that the kernel wanted for itself
      detail::report_shortage(backend_, error);
      throw;
    }
  }
  template <class F>
  void move(const char* family, size_t bytes, F run) const {
    if (!profiling::is_on()) [[likely]]
      return run();
    const profiling::FamilyCall call(backend_, family, {}, {.bytes = static_cast<double>(bytes)});
    run();
  }

  Backend& backend_;
};

}  // namespace ct
