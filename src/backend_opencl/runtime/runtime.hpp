// What one device in use owns: context, queue, memory pool, programs and kernels. Made on first use
// and never destroyed, since the driver may be unloaded before us at exit.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "backend_opencl/device/profile.hpp"
#include "backend_opencl/matmul/gemm.hpp"
#include "backend_opencl/runtime/calls.hpp"
#include "backend_opencl/runtime/cl.hpp"
#include "backend_opencl/runtime/guard.hpp"
#include "backend_opencl/runtime/index_watch.hpp"
#include "backend_opencl/source/binary_cache.hpp"
#include "backend_opencl/source/library.hpp"
#include "core/memory/buffer_pool.hpp"
#include "core/memory/fault.hpp"
#include "customtensor/backend.hpp"

namespace ct::opencl {

struct Kernel {
  cl::Kernel handle;
  std::string what;     ///< "pointwise 'gelu'", for errors
  std::string options;  ///< that it was built with, likewise
};

/// A pointwise program for the interpreter: its code and constants on the device, and what was
/// spent on interpreting it.
struct InterpretedProgram {
  cl::Buffer code, constants;
  int64_t work = 0;
};

class Runtime {
 public:
  explicit Runtime(const Profile& profile);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  const Profile& profile() const { return profile_; }
  Calls& calls() { return calls_; }
  /// For figures and trimming; memory comes from allocate().
  BufferPool& pool() { return pool_; }
  /// Errors: OutOfMemoryError.
  void* allocate(size_t bytes) {
    if (allocation_fails()) pool_.throw_out_of_memory(bytes);
    return guard_ == nullptr ? pool_.allocate(bytes) : guard_->allocate(bytes);
  }
  void deallocate(void* buffer, size_t bytes) noexcept {
    guard_ == nullptr ? pool_.deallocate(buffer, bytes) : guard_->deallocate(buffer);
  }
  /// Null unless memory is checked.
  Guard* guard() { return guard_.get(); }
  const GemmChoices& gemm_choices() const { return gemm_choices_; }
  IndexWatch& index_watch() { return index_watch_; }
  /// Used from now on, and by later processes.
  void keep_gemm_timings(std::vector<GemmTiming> timings);

  // Errors of what follows: BackendError with the sizes. Where the driver finds only now that it
  // has no memory for a buffer, the pool is trimmed and the call made once more.

  /// Queues a copy of host memory that may change as soon as this returns.
  void write(void* buffer, size_t offset, const void* source, size_t bytes);
  /// Waits. Errors of this and of what waits below: IndexError of a kernel before it.
  void read(void* target, const void* buffer, size_t offset, size_t bytes);
  /// A buffer as host memory, or null where that would be a copy. Waits.
  void* map(void* buffer);
  void synchronize();
  void unmap(void* buffer, void* start);
  void copy(void* target, size_t target_offset, const void* source, size_t source_offset,
            size_t bytes);
  void launch(const Kernel& kernel, const cl::NDRange& items, const cl::NDRange& group);
  /// Waits, and looks at no indices.
  void finish();
  /// A buffer with these bytes. Waits: for what is made once.
  cl::Buffer constant(const void* data, size_t bytes);

  /// -D options that kernels/common.cl wants.
  std::string options(DType compute, int lanes) const;
  std::string options(DType compute) const { return options(compute, profile_.lanes()); }

  // Everything below is called with the lock held: kernels keep their arguments between setting
  // and launching.
  std::mutex& mutex() { return mutex_; }
  /// The kernel under `key`, or null.
  Kernel* find(uint64_t key);
  /// Builds `source`, from the binary cache where it is known, and keeps its kernel `entry` under
  /// `key`. Errors: BackendError with the log.
  Kernel& build(uint64_t key, const char* entry, const std::string& what, const std::string& source,
                const std::string& options);
  /// The same if the binary cache has it, else null.
  Kernel* load(uint64_t key, const char* entry, const std::string& what, const std::string& source,
               const std::string& options);
  /// True once for each key.
  bool first_search(uint64_t key) { return searched_.insert(key).second; }
  /// One of the library's own kernels; its unit is built on first use. Errors: BackendError with
  /// the log.
  Kernel& library(LibraryKernel which, DType compute);
  std::unordered_map<uint64_t, InterpretedProgram>& interpreted() { return interpreted_; }
  /// What was spent on doing without the kernel of `key`.
  int64_t& spent(uint64_t key) { return spent_[key]; }

 private:
  cl::Program build_program(const std::string& what, const std::string& source,
                            const std::string& options);
  /// Null where the driver does not take it: then it is built from source.
  cl::Program from_binary(const std::string& binary, const std::string& options);
  cl::Program from_cache(const std::string& source, const std::string& options);
  CacheKey gemm_key() const;
  CacheKey binary_key(const std::string& source, const std::string& options) const;
  std::unique_ptr<Kernel> make_kernel(const cl::Program& program, const char* entry,
                                      const std::string& what, const std::string& options);
  /// As make_kernel, but null instead of an error; null for a null program.
  std::unique_ptr<Kernel> try_kernel(const cl::Program& program, const char* entry,
                                     const std::string& what, const std::string& options);
  Kernel& keep(uint64_t key, std::unique_ptr<Kernel> kernel);

  template <class F>
  cl_int with_room(F enqueue);
  /// For errors: who holds the memory, if there is none left.
  std::string holdings(cl_int code) const;
  /// Drivers that gather commands are told to begin, now and then.
  void launched();

  struct Staged {
    cl::Event event;
    std::unique_ptr<char[]> memory;
    size_t bytes;
  };

  Profile profile_;
  Calls calls_;
  BufferPool pool_;
  IndexWatch index_watch_;
  std::unique_ptr<Guard> guard_;
  BinaryCache binaries_;
  GemmChoices gemm_choices_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, std::unique_ptr<Kernel>> kernels_;
  std::unordered_set<uint64_t> searched_;
  /// By compute type: float32, float64, int32, int64.
  struct Library {
    std::array<cl::Program, kUnitCount> units;
    std::array<std::unique_ptr<Kernel>, kLibraryKernelCount> kernels;
  };
  std::array<Library, 5> library_;
  std::unordered_map<uint64_t, InterpretedProgram> interpreted_;
  std::unordered_map<uint64_t, int64_t> spent_;
  std::mutex staging_mutex_;
  std::deque<Staged> staged_;
  size_t staged_bytes_ = 0;
  int since_flush_ = 0;
};

/// Device memory for the time of one call: freed at once, reused only by later commands.
class Scratch {
 public:
  Scratch(Runtime& runtime, size_t bytes)
      : runtime_(runtime), bytes_(bytes == 0 ? 1 : bytes), buffer_(runtime.allocate(bytes_)) {}
  ~Scratch() { runtime_.deallocate(buffer_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  void* buffer() const { return buffer_; }

 private:
  Runtime& runtime_;
  size_t bytes_;
  void* buffer_;
};

/// Sets a kernel's arguments in order and queues it. The runtime's lock is held by the caller.
class Launch {
 public:
  Launch(Runtime& runtime, Kernel& kernel) : runtime_(runtime), kernel_(kernel) {}
  void bytes(const void* value, size_t size);
  void buffer(const void* memory) {
    bytes(&memory, sizeof(cl_mem));
    if (runtime_.guard() != nullptr) [[unlikely]]
      buffers_.push_back(memory);
  }
  template <class T>
  void value(const T& value) {
    bytes(&value, sizeof value);
  }
  /// A dense array: its buffer and where it begins.
  template <class View>
  void array(const View& view) {
    buffer(view.buffer());
    value(view.offset());
  }
  /// A strided vector: its buffer, where it begins and its step.
  void vector(const TensorView& view) {
    buffer(view.buffer);
    value(view.offset);
    value(int64_t{view.buffer == nullptr ? 0 : view.strides[0]});
  }
  template <class... T>
  void values(const T&... all) {
    (value(all), ...);
  }
  /// Errors: BackendError naming the kernel and the sizes.
  void run(size_t items, size_t group);
  void run(const cl::NDRange& items, const cl::NDRange& group);
  /// Enough items for `tasks` tasks that the kernel deals out itself, each of about `work`
  /// elements.
  void run_tasks(int64_t tasks, int64_t work);
  /// Likewise for rows, each of which has a group of items on GPUs.
  void run_rows(int64_t rows, int64_t work);

 private:
  Runtime& runtime_;
  Kernel& kernel_;
  cl_uint next_ = 0;
  std::vector<const void*> buffers_;  ///< while memory is checked
};

/// Mixes one more word into a kernel's key.
inline uint64_t mix(uint64_t key, uint64_t word) {
  key ^= word + 0x9e3779b97f4a7c15U + (key << 6) + (key >> 2);
  return (key ^ (key >> 31)) * 0xbf58476d1ce4e5b9U;
}

}  // namespace ct::opencl
