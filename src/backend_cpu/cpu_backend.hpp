// The built-in "cpu" device. One .cpp per family of kernels; SIMD code is under simd/, threads
// behind parallel.hpp.
#pragma once

#include <memory>
#include <string>

#include "customtensor/backend.hpp"

namespace ct::cpu {

class CpuBackend final : public Backend {
 public:
  CpuBackend();
  ~CpuBackend() override;

  std::string name() const override { return "cpu"; }
  // memory.cpp
  void* allocate(size_t bytes) override;
  void deallocate(void* buffer, size_t bytes) noexcept override;
  void copy_from_host(void* buffer, size_t offset, const void* source, size_t bytes) override;
  void copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) override;
  void synchronize() override {}
  void copy(void* target, size_t target_offset, const void* source, size_t source_offset,
            size_t bytes) override;
  void* host_pointer(void* buffer) override { return buffer; }
  MemoryStats memory_stats() const override;
  void trim() override;
  void set_memory_limit(size_t bytes) override;
  bool is_fast(DType dtype) const override;
  std::string description() const override;
  // pointwise.cpp
  void pointwise(const PointwiseArgs& args) override;
  void pointwise_each(const PointwiseEachArgs& args) override;
  // reduce.cpp, arg_reduce.cpp
  void reduce(const ReduceArgs& args) override;
  void arg_reduce(const ArgReduceArgs& args) override;
  // matmul.cpp
  void matmul(const MatmulArgs& args) override;
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
  // scan.cpp, sort.cpp, search.cpp
  void scan(const ScanArgs& args) override;
  void sort(const SortArgs& args) override;
  void search(const SearchArgs& args) override;
  // linalg.cpp
  void linalg(const LinalgArgs& args) override;
  // multinomial.cpp
  void multinomial(const MultinomialArgs& args) override;
  // fft.cpp
  void fft(const FftArgs& args) override;
  // scatter.cpp
  void scatter(const ScatterArgs& args) override;
  // bag.cpp
  void bag(const BagArgs& args) override;
  // nonzero.cpp
  int64_t nonzero(const NonzeroArgs& args) override;

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace ct::cpu
