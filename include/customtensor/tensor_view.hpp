// How a device's kernels see arrays: views of buffers, and what a call does with each. The views of
// a call are what can be done with any family alike: run it on copies, count its bytes, check what
// it wrote.
#pragma once

#include <cstdint>
#include <span>

#include "customtensor/dtype.hpp"
#include "customtensor/shape.hpp"

namespace ct {

/// Strided elements of a device buffer. `buffer` is what Backend::allocate returned; offset and
/// strides count elements. A null buffer means "absent" where a family allows that.
struct TensorView {
  void* buffer = nullptr;
  int64_t offset = 0;
  DType dtype = DType::float32;
  Shape shape;
  Strides strides;

  explicit operator bool() const { return buffer != nullptr; }
};

/// An operand of a pointwise or reduce call; its shape is that of the call, strides have the call's
/// rank.
struct Operand {
  void* buffer = nullptr;
  int64_t offset = 0;
  DType dtype = DType::float32;
  Strides strides;
};

/// What a call does with a view.
enum class ViewRole : uint8_t {
  input,   ///< reads it
  output,  ///< writes every element, whatever was there
  update   ///< reads it and writes some elements or all
};

/// Calls fn(role, field, view) for each view of a family's arguments that is there, an operand as
/// the TensorView it stands for.
///
/// Arguments name their views themselves, in a static member template `views(args, visit)` that
/// calls `visit` with the role, the field's name, and one of
///   TensorView                              may be absent
///   Operand, its shape
///   std::span<const TensorView>
///   std::span<const Operand>, their shape
/// for each: all of them once. Views are as constant as `args`, so that a visitor can put others in
/// their place.
template <class Args, class F>
void for_each_view(const Args& args, F&& fn) {
  struct Visitor {
    F& fn;
    void operator()(ViewRole role, const char* field, const TensorView& view) const {
      if (view) fn(role, field, view);
    }
    void operator()(ViewRole role, const char* field, const Operand& o, const Shape& shape) const {
      fn(role, field, TensorView{o.buffer, o.offset, o.dtype, shape, o.strides});
    }
    void operator()(ViewRole role, const char* field, std::span<const TensorView> views) const {
      for (const TensorView& view : views) (*this)(role, field, view);
    }
    void operator()(ViewRole role, const char* field, std::span<const Operand> operands,
                    const Shape& shape) const {
      for (const Operand& o : operands) (*this)(role, field, o, shape);
    }
  };
  Args::views(args, Visitor{fn});
}

}  // namespace ct
