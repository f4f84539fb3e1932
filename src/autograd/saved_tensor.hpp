// A tensor kept for backward. It remembers the version of its storage, so that a later change in
// place is reported instead of giving wrong gradients. An output is kept without its history, which
// would make the node keep itself alive, and gets it back on use. Inside of checkpoint() a slot
// stands for the tensor.
#pragma once

#include "autograd/checkpoint.hpp"
#include "autograd/node.hpp"

namespace ct::autograd {

class SavedTensor {
 public:
  SavedTensor() = default;
  /// Saves input number `index` of the op.
  SavedTensor(const Tensor& input, int index);
  /// Saves output number `index` of the op.
  static SavedTensor output(const Tensor& output, int index = 0);

  /// The tensor as it was. Only inside the node's backward. Undefined if saved undefined.
  /// Errors: AutogradError if it was modified in place since.
  Tensor get() const;
  bool defined() const { return tensor_.defined() || slot_; }
  void reset() {
    mark_ = SavedMark();
    tensor_ = Tensor();
    slot_ = SavedSlotRef();
  }

  /// How many were made on this thread: tells record() whether a closure saved anything.
  static uint64_t& made();

 private:
  Tensor tensor_;
  SavedMark mark_;
  SavedSlotRef slot_;
  uint32_t version_ = 0;
  int16_t index_ = 0;
  bool is_output_ = false;
};

}  // namespace ct::autograd
