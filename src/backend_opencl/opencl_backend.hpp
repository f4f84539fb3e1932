// The built-in "custom_gpu" device: any OpenCL 1.2 device. One .cpp per family of kernels, each
// with its kernels in kernels/<family>.cl; families that are not overridden run on the host and are
// counted (see Backend).
//
// A buffer is a cl_mem. Everything is queued on one in-order queue; only copy_to_host, map,
// synchronize and large copies from the host wait.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend_opencl/device/profile.hpp"
#include "customtensor/backend.hpp"

namespace ct::opencl {

class Runtime;

class OpenClBackend final : public Backend {
 public:
  explicit OpenClBackend(Profile profile);
  ~OpenClBackend() override;

  std::string name() const override { return "custom_gpu"; }
  // memory.cpp
  void* allocate(size_t bytes) override;
  void deallocate(void* buffer, size_t bytes) noexcept override;
  void copy_from_host(void* buffer, size_t offset, const void* source, size_t bytes) override;
  void copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) override;
  void* map(void* buffer) override;
  void unmap(void* buffer, void* start) override;
  void synchronize() override;
  void copy(void* target, size_t target_offset, const void* source, size_t source_offset,
            size_t bytes) override;
  MemoryStats memory_stats() const override;
  void trim() override;
  void set_memory_limit(size_t bytes) override;
  bool is_fast(DType dtype) const override;
  std::string description() const override;
  DeviceCounts counts() const override;
  bool measure_kernels(bool on) override;
  std::vector<KernelTime> kernel_times(bool wait) override;
  // gemm_tune.cpp
  void tune(const std::function<void(std::string_view)>& report) override;
  // pointwise.cpp
  void pointwise(const PointwiseArgs& args) override;
  // pointwise_each.cpp
  void pointwise_each(const PointwiseEachArgs& args) override;
  // reduce.cpp
  void reduce(const ReduceArgs& args) override;
  // matmul.cpp
  void matmul(const MatmulArgs& args) override;
  // arg_reduce.cpp
  void arg_reduce(const ArgReduceArgs& args) override;
  // conv.cpp
  void conv_forward(const ConvArgs& args) override;
  void conv_grad_input(const ConvArgs& args) override;
  void conv_grad_weight(const ConvArgs& args) override;
  // pool.cpp
  void pool_forward(const PoolArgs& args) override;
  void pool_backward(const PoolArgs& args) override;
  // resample.cpp, grid_sample.cpp
  void resample(const ResampleArgs& args) override;
  void grid_sample(const GridSampleArgs& args) override;
  // norm.cpp
  void norm_forward(const NormArgs& args) override;
  void norm_backward(const NormBackwardArgs& args) override;
  // softmax.cpp
  void softmax_forward(const SoftmaxArgs& args) override;
  void softmax_backward(const SoftmaxBackwardArgs& args) override;
  void cross_entropy_forward(const CrossEntropyArgs& args) override;
  void cross_entropy_backward(const CrossEntropyBackwardArgs& args) override;
  // gather.cpp
  void gather(const GatherArgs& args) override;
  void scatter(const ScatterArgs& args) override;
  // bag.cpp
  void bag(const BagArgs& args) override;
  // scan.cpp
  void scan(const ScanArgs& args) override;
  // sort.cpp
  void sort(const SortArgs& args) override;
  // search.cpp
  void search(const SearchArgs& args) override;
  // nonzero.cpp
  int64_t nonzero(const NonzeroArgs& args) override;
  // fft.cpp
  void fft(const FftArgs& args) override;
  // multinomial.cpp
  void multinomial(const MultinomialArgs& args) override;

 private:
  /// The context and what belongs to it, made on first use. Errors: BackendError.
  Runtime& runtime() const;
  /// Whether the device can read and write `dtype`.
  bool stores(DType dtype) const;
  bool stores(std::initializer_list<const TensorView*> views) const;

  const Profile claimed_;
  struct Lazy;
  std::unique_ptr<Lazy> lazy_;
};

}  // namespace ct::opencl
