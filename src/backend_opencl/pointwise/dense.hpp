// Kernels that want rows in memory order and one compute type get them here: a view that is already
// so is used as it is, any other is copied to a temporary (and, for outputs, back) by the pointwise
// family's copy. Made before the runtime's lock is taken.
#pragma once

#include <memory>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"

namespace ct::opencl {

/// A view's elements, dense and in `dtype`, for as long as this object lives. Of an absent view: a
/// null buffer.
class DenseView {
 public:
  DenseView(const DenseView&) = delete;
  DenseView& operator=(const DenseView&) = delete;
  void* buffer() const { return dense_.buffer; }
  int64_t offset() const { return dense_.offset; }

 protected:
  DenseView(OpenClBackend& backend, Runtime& runtime, const TensorView& view, DType dtype);
  bool copied() const { return temporary_ != nullptr; }
  void load() { copy(view_, dense_); }
  void store() { copy(dense_, view_); }

 private:
  void copy(const TensorView& from, const TensorView& to);

  OpenClBackend& backend_;
  const TensorView& view_;
  TensorView dense_;
  std::unique_ptr<Scratch> temporary_;
};

class DenseInput : public DenseView {
 public:
  DenseInput(OpenClBackend& backend, Runtime& runtime, const TensorView& view, DType dtype)
      : DenseView(backend, runtime, view, dtype) {
    if (copied()) load();
  }
};

enum class OutputKind { overwrite, update };

/// What was written is in the view after finish(), for which the lock is not held.
class DenseOutput : public DenseView {
 public:
  DenseOutput(OpenClBackend& backend, Runtime& runtime, const TensorView& view, DType dtype,
              OutputKind kind = OutputKind::overwrite)
      : DenseView(backend, runtime, view, dtype) {
    if (copied() && kind == OutputKind::update) load();
  }
  void finish() {
    if (copied()) store();
  }
};

/// Runs an epilogue on a result, in place.
void run_epilogue(OpenClBackend& backend, const Epilogue& epilogue, const TensorView& result);

}  // namespace ct::opencl
