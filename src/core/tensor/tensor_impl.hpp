// What a Tensor points to. `buffer()` is the only way to a tensor's memory: the place where pending
// work would be finished if results were ever computed lazily.
#pragma once

#include "core/device/kernels.hpp"
#include "core/memory/storage.hpp"
#include "core/tensor/grad_node.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

struct TensorImpl final : detail::RefCounted, detail::SmallObject {
  TensorImpl(StorageRef storage_, const Shape& shape_, const Strides& strides_, int64_t offset_,
             DType dtype_, bool contiguous_)
      : storage(std::move(storage_)),
        offset(offset_),
        numel(ct::numel(shape_)),
        shape(shape_),
        strides(strides_),
        dtype(dtype_),
        contiguous(contiguous_) {}
  TensorImpl(const TensorImpl&) = delete;
  TensorImpl& operator=(const TensorImpl&) = delete;
  ~TensorImpl() {
    if (grad_fn && grad_fn->owner == this) grad_fn->owner = nullptr;
  }

  Backend& backend() const { return *storage->backend; }
  /// The device's kernels: the way to run one.
  Kernels kernels() const { return Kernels(*storage->backend); }
  void* buffer() const { return storage->buffer; }
  void bump_version() const { storage->version.fetch_add(1, std::memory_order_relaxed); }
  uint32_t version() const {
    return storage->version.load(std::memory_order_relaxed) + version_offset;
  }

  /// A view whose base got another history after the view's own was made.
  bool outdated() const {
    return base.defined() && !unrecorded_view &&
           history.load(std::memory_order_acquire) !=
               base.impl()->history.load(std::memory_order_acquire);
  }
  /// requires_grad, of an outdated view too.
  bool wants_grad() const { return requires_grad || (outdated() && base.impl()->requires_grad); }

  StorageRef storage;
  int64_t offset;
  int64_t numel;
  Shape shape;
  Strides strides;
  DType dtype;
  bool contiguous;
  bool requires_grad = false;
  bool unrecorded_view = false;  ///< made while nothing was recorded
  uint32_t output_nr = 0;        ///< which output of grad_fn this is
  GradNodeRef grad_fn;           ///< the op that made it; of a leaf, its accumulator
  /// Of a view made by an op: the tensor whose memory it shows, itself no view. A recorded change
  /// of the view is a change of the base's history too, and outdates the base's other views.
  Tensor base;
  /// How often the history was replaced in place; of a view, the base's count when its own was
  /// made.
  std::atomic<uint32_t> history{0};
  /// What set_data() adds to the storage's count, so that the tensor's own goes up.
  uint32_t version_offset = 0;
};

namespace detail {

inline TensorImpl& impl(const Tensor& t) { return *t.impl(); }

inline Tensor wrap(TensorImpl* impl) {
  impl->refs.store(1, std::memory_order_relaxed);
  return Tensor::adopt(impl);
}

/// A new dense tensor with undefined contents.
Tensor make_tensor(const Shape& shape, DType dtype, Backend& backend);
/// Another view of the same storage, outside of any graph.
Tensor make_view(const Tensor& base, const Shape& shape, const Strides& strides, int64_t offset);

/// Errors: DTypeError: no kernel takes complex numbers, ops take them apart before.
[[noreturn]] CT_API void throw_no_complex(const TensorImpl& t);

inline TensorView view_of(const Tensor& t) {
  const TensorImpl& i = impl(t);
  if (is_complex(i.dtype)) [[unlikely]]
    throw_no_complex(i);
  return {i.buffer(), i.offset, i.dtype, i.shape, i.strides};
}
/// Errors: ValueError naming `op` and `argument` if `t` is undefined.
void check_defined(const Tensor& t, const char* op, const char* argument);
/// Errors: ValueError naming `op` and the first of them that is undefined.
void check_all_defined(std::span<const Tensor> tensors, const char* op);
/// Errors: DeviceError with devices and shapes if they differ.
void check_same_device(const Tensor& a, const Tensor& b, const char* op);

/// Whether there are values to read: checks of values are left out where there are none ("meta").
inline bool has_values(const Tensor& t) { return impl(t).backend().holds_values(); }
/// For what cannot do without. Errors: DeviceError naming `op`, `argument` and its shape if there
/// are none.
void check_has_values(const Tensor& t, const char* op, const char* argument);

/// Sets every element; not recorded, no version change.
void fill_unrecorded(const Tensor& t, const Scalar& value);
/// target = source, converting, same shape, same device; not recorded, no version change.
void copy_unrecorded(const Tensor& target, const Tensor& source);

}  // namespace detail
}  // namespace ct
