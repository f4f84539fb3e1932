// Operands of one kernel call, put together on the stack without paying for their zeroing; on the
// heap beyond a handful.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#include "customtensor/backend.hpp"

namespace ct {

class OperandList {
 public:
  /// `count`: how many will be pushed, at most.
  explicit OperandList(size_t count) {
    if (count > kInline) heap_ = std::make_unique_for_overwrite<Operand[]>(count);
    data_ = heap_ ? heap_.get() : reinterpret_cast<Operand*>(inline_);
  }
  void push_back(const Operand& operand) {
    if (heap_) {
      data_[size_] = operand;
    } else {
      new (data_ + size_) Operand(operand);
    }
    ++size_;
  }
  std::span<Operand> all() { return {data_, size_}; }

 private:
  static constexpr size_t kInline = 8;
  static_assert(std::is_trivially_destructible_v<Operand>);
  alignas(Operand) std::byte inline_[kInline * sizeof(Operand)];
  std::unique_ptr<Operand[]> heap_;
  Operand* data_;
  size_t size_ = 0;
};

}  // namespace ct
