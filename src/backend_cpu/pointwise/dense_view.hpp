// Kernels that want rows in memory order and one compute type get them here: a view that is already
// so is used as it is, any other is copied to a temporary (and, for outputs, back) by the pointwise
// family's copy.
#pragma once

#include <cstddef>

#include "backend_cpu/cpu_backend.hpp"

namespace ct::cpu {

/// Address of a view's first element.
template <class T>
T* view_data(const TensorView& view) {
  return static_cast<T*>(view.buffer) + view.offset;
}

/// Whether the elements lie one after the other in row-major order.
bool is_dense(const TensorView& view);

/// The view with its axes in another order: axis i of the result is axis order[i].
TensorView permuted(const TensorView& view, std::initializer_list<int> order);

/// A view's elements, dense and in `dtype`, for as long as this object lives. Of an absent view:
/// null.
class DenseView {
 public:
  DenseView(const DenseView&) = delete;
  DenseView& operator=(const DenseView&) = delete;

 protected:
  DenseView(CpuBackend& backend, const TensorView& view, DType dtype);
  ~DenseView() {
    if (temporary_.buffer != nullptr) backend_.deallocate(temporary_.buffer, bytes_);
  }
  bool copied() const { return temporary_.buffer != nullptr; }
  void load();
  void store();
  void* address_ = nullptr;

 private:
  CpuBackend& backend_;
  const TensorView& view_;
  TensorView temporary_;
  size_t bytes_ = 0;
};

class DenseInput : public DenseView {
 public:
  DenseInput(CpuBackend& backend, const TensorView& view, DType dtype)
      : DenseView(backend, view, dtype) {
    if (copied()) load();
  }
  template <class T>
  const T* data() const {
    return static_cast<const T*>(address_);
  }
};

enum class OutputKind { overwrite, update };

/// What was written is in the view after finish().
class DenseOutput : public DenseView {
 public:
  DenseOutput(CpuBackend& backend, const TensorView& view, DType dtype,
              OutputKind kind = OutputKind::overwrite)
      : DenseView(backend, view, dtype) {
    if (copied() && kind == OutputKind::update) load();
  }
  template <class T>
  T* data() const {
    return static_cast<T*>(address_);
  }
  void finish() {
    if (copied()) store();
  }
};

}  // namespace ct::cpu
