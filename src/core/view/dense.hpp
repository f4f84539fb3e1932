// Kernels that want rows in memory order and one compute type get them here: a view that is already
// so is used as it is, any other is copied to a temporary (and, for outputs, back) by the device's
// own pointwise copy. Made and finished while the caller holds no lock of the device.
//
// The one rule for copies between types: they compute in the compute type of their source, which
// holds each of its values, so that a value is converted once, on its way out. In the target's type
// 0.5 would become false, and so would 2^32 on its way through bool's int32.
#pragma once

#include <cstddef>
#include <optional>

#include "core/view/strided.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"

namespace ct {

/// Memory of a device for the time of one call: commands that are queued already still have it.
class Temporary {
 public:
  Temporary(Backend& backend, size_t bytes)
      : backend_(backend), bytes_(bytes == 0 ? 1 : bytes), buffer_(backend.allocate(bytes_)) {}
  ~Temporary() { backend_.deallocate(buffer_, bytes_); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  void* buffer() const { return buffer_; }

 private:
  Backend& backend_;
  size_t bytes_;
  void* buffer_;
};

/// A dense array in such memory.
class CT_API DenseArray {
 public:
  DenseArray(Backend& backend, DType dtype, const Shape& shape);
  const TensorView& view() const { return view_; }

 private:
  Temporary memory_;
  TensorView view_;
};

/// A view's elements, dense and in `dtype`, for as long as this object and the view live. Of an
/// absent view: absent.
class CT_API DenseView {
 public:
  DenseView(const DenseView&) = delete;
  DenseView& operator=(const DenseView&) = delete;
  const TensorView& view() const { return dense_; }
  void* buffer() const { return dense_.buffer; }
  int64_t offset() const { return dense_.offset; }

 protected:
  DenseView(Backend& backend, const TensorView& view, DType dtype);
  ~DenseView() = default;
  bool copied() const { return temporary_.has_value(); }
  void load();
  void store();

 private:
  Backend& backend_;
  const TensorView& view_;
  TensorView dense_;
  std::optional<Temporary> temporary_;
};

class DenseInput : public DenseView {
 public:
  DenseInput(Backend& backend, const TensorView& view, DType dtype)
      : DenseView(backend, view, dtype) {
    if (copied()) load();
  }
  /// Address of the first element, of a device whose buffers are addresses.
  template <class T>
  const T* data() const {
    return view_data<const T>(view());
  }
};

enum class OutputKind { overwrite, update };

/// What was written is in the view after finish().
class DenseOutput : public DenseView {
 public:
  DenseOutput(Backend& backend, const TensorView& view, DType dtype,
              OutputKind kind = OutputKind::overwrite)
      : DenseView(backend, view, dtype) {
    if (copied() && kind == OutputKind::update) load();
  }
  template <class T>
  T* data() const {
    return view_data<T>(view());
  }
  void finish() {
    if (copied()) store();
  }
};

/// What numbers are added and multiplied in. Whole numbers wrap, and then the bits of uint64 are
/// those of int64: what orders and divides nothing needs no kernel for it.
constexpr DType wrapping_type(DType dtype) {
  const DType compute = compute_type(dtype);
  return compute == DType::uint64 ? DType::int64 : compute;
}

/// target = source, converting; both of one shape.
CT_API void copy_view(Backend& backend, const TensorView& source, const TensorView& target);

/// Sets all elements to zero; an absent view is left alone.
CT_API void fill_zero(Backend& backend, const TensorView& view);

}  // namespace ct
