// The device contract. A device is a subclass of Backend: six required functions, and families of
// kernels that each have a default. The built-in devices come in through the same door.
//
// Contract for every family:
//  - Arguments were checked by the caller: shapes agree, buffers belong to this backend, axes are
//    collapsed where that is possible. A backend asserts, it does not report.
//  - Views may have any strides, zero (broadcast) and negative ones included; outputs never overlap
//    themselves. An output may be exactly an input (in place); else inputs and outputs do not
//    overlap.
//  - Any size may be zero.
//  - Calls may be asynchronous, but in order: a later call sees the results of the earlier ones.
//    Only copy_to_host and synchronize wait.
//  - Any thread may call, one at a time for one buffer.
//  - float16 and bfloat16 are storage: arithmetic is done in float32.
//  - Results must not depend on the number of threads.
//
// What a family is asked to do, and which views it reads and writes: kernel_args.hpp.
//
// The default of a family computes on the host: it copies the inputs to the "cpu" device, runs
// there and copies back. Each such call is counted (fallbacks()) and said once on standard error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/kernel_args.hpp"

namespace ct {

/// Changes whenever Backend's layout does; load_backend refuses a library built for another one.
inline constexpr int kBackendAbi = 9;

struct MemoryStats {
  size_t in_use = 0;         ///< bytes handed out now
  size_t cached = 0;         ///< bytes kept for reuse
  size_t peak = 0;           ///< most bytes ever handed out at once
  uint64_t allocations = 0;  ///< calls
  uint64_t misses = 0;       ///< calls that had to ask the system
  size_t limit = 0;          ///< what set_memory_limit() allows; 0: what there is
};

/// What a device has done since the start.
struct DeviceCounts {
  uint64_t launches = 0;    ///< kernels queued
  uint64_t host_waits = 0;  ///< times that the host waited for it
};

/// The call of a family that this thread is in, while a profile is taken (profile.hpp).
struct ProfiledCall {
  uint64_t number = 0;  ///< 0: none
  const char* family = "";
};
CT_API ProfiledCall profiled_call();

/// One kernel or copy, as the device measured it.
struct KernelTime {
  std::string_view kernel;  ///< for people; valid as long as the backend
  ProfiledCall call;        ///< profiled_call() when it was queued
  double start = 0;         ///< seconds of std::chrono::steady_clock
  double seconds = 0;
};

namespace detail {
class MemoryUse;  // core/memory/memory_use.hpp
}

class CT_API Backend {
 public:
  Backend();
  virtual ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // --- Required ---------------------------------------------------------------------------------
  /// "npu": what users write. Called once, at registration.
  virtual std::string name() const = 0;
  /// At least `bytes` (> 0), contents undefined, aligned to 64 bytes. Never null.
  /// Errors: BackendError.
  virtual void* allocate(size_t bytes) = 0;
  /// `bytes` as given to allocate. Work already queued on the buffer still completes.
  virtual void deallocate(void* buffer, size_t bytes) noexcept = 0;
  /// `source` may be reused as soon as this returns.
  virtual void copy_from_host(void* buffer, size_t offset, const void* source, size_t bytes) = 0;
  /// Waits until `target` is filled.
  virtual void copy_to_host(void* target, const void* buffer, size_t offset, size_t bytes) = 0;
  /// Waits until everything queued is done.
  virtual void synchronize() = 0;

  // --- Optional: memory and facts ---------------------------------------------------------------
  /// Between buffers of this backend; they do not overlap. Default: through the host.
  virtual void copy(void* target, size_t target_offset, const void* source, size_t source_offset,
                    size_t bytes);
  /// Address of a buffer that the host can use directly (after synchronize), or null.
  virtual void* host_pointer(void* buffer);
  /// A buffer whose memory is also the host's, as host memory until unmap(); it holds what was
  /// queued before, and the device uses it only after. Null: copy instead. A buffer is mapped once
  /// at a time. Default: host_pointer(), after synchronize().
  virtual void* map(void* buffer);
  /// `start` is what map() gave. Default: nothing to do.
  virtual void unmap(void* buffer, void* start);
  virtual MemoryStats memory_stats() const;
  /// Gives cached memory back to the system.
  virtual void trim();
  /// Most bytes that tensors and cache may take together, 0 for what there is; a request beyond is
  /// an OutOfMemoryError. What is there already stays. Default: the device cannot.
  /// Errors: BackendError where it cannot.
  virtual void set_memory_limit(size_t bytes);
  /// Whether arithmetic on tensors of this dtype takes no longer than on float32: what autocast
  /// warns of. Default: true.
  virtual bool is_fast(DType dtype) const;
  /// Measures on this device which of several kernels serves which sizes, and keeps that for later
  /// processes; `report` gets a line a measurement. Nothing else may use the device meanwhile.
  /// Default: there is nothing to choose.
  /// Errors: BackendError where no kernel gives right results.
  virtual void tune(const std::function<void(std::string_view)>& report);
  /// One line about the hardware, for people.
  virtual std::string description() const;
  /// Whether buffers have contents. If not, the default of a family does nothing, and an op that
  /// must read a value is an error ("meta"). Default: true.
  virtual bool holds_values() const;

  // --- Optional: measuring, for ct::profile() ---------------------------------------------------
  /// Default: zeros, which means not counted.
  virtual DeviceCounts counts() const;
  /// From here on every kernel is measured, or none any more. Returns whether the device can.
  /// Nothing else is queued meanwhile. Default: false.
  virtual bool measure_kernels(bool on);
  /// Those that have run since the last call, in order; `wait`: until all have. Default: none.
  virtual std::vector<KernelTime> kernel_times(bool wait);

  // --- Optional: families of kernels; the defaults compute on the host --------------------------
  virtual void pointwise(const PointwiseArgs& args);
  /// Default: a call of pointwise for each part.
  virtual void pointwise_each(const PointwiseEachArgs& args);
  virtual void reduce(const ReduceArgs& args);
  virtual void arg_reduce(const ArgReduceArgs& args);
  virtual void matmul(const MatmulArgs& args);
  virtual void conv_forward(const ConvArgs& args);
  virtual void conv_grad_input(const ConvArgs& args);
  virtual void conv_grad_weight(const ConvArgs& args);
  virtual void pool_forward(const PoolArgs& args);
  virtual void pool_backward(const PoolArgs& args);
  virtual void resample(const ResampleArgs& args);
  virtual void grid_sample(const GridSampleArgs& args);
  virtual void norm_forward(const NormArgs& args);
  virtual void norm_backward(const NormBackwardArgs& args);
  virtual void softmax_forward(const SoftmaxArgs& args);
  virtual void softmax_backward(const SoftmaxBackwardArgs& args);
  virtual void cross_entropy_forward(const CrossEntropyArgs& args);
  virtual void cross_entropy_backward(const CrossEntropyBackwardArgs& args);
  virtual void gather(const GatherArgs& args);
  virtual void scan(const ScanArgs& args);
  virtual void sort(const SortArgs& args);
  virtual void search(const SearchArgs& args);
  virtual void linalg(const LinalgArgs& args);
  virtual void multinomial(const MultinomialArgs& args);
  virtual void fft(const FftArgs& args);
  virtual void scatter(const ScatterArgs& args);
  /// Returns how many elements are not zero, and so waits. Called twice: first without positions.
  virtual int64_t nonzero(const NonzeroArgs& args);
  virtual void bag(const BagArgs& args);

  /// The name it is registered under, with its number.
  const std::string& registered_name() const { return registered_name_; }
  /// Who holds its memory (memory.hpp): kept by the library, for every device.
  detail::MemoryUse& memory_use() const { return *memory_use_; }

 private:
  friend class DeviceRegistry;
  std::string registered_name_;
  std::unique_ptr<detail::MemoryUse> memory_use_;
};

/// How often a family of a device ran on the host instead.
struct FallbackCount {
  std::string device;
  std::string family;
  uint64_t calls = 0;
};
/// All counts that are not zero, since the start or the last reset.
CT_API std::vector<FallbackCount> fallbacks();
CT_API void reset_fallbacks();

}  // namespace ct

/// What a backend's shared library defines (see load_backend).
using CtBackendCreate = ct::Backend*(int abi);
