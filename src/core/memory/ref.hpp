// Ref<T>: a counting pointer to a detail::RefCounted object. T says how it dies by `static void
// dispose(T*)`.
#pragma once

#include <utility>

#include "customtensor/tensor.hpp"

namespace ct::detail {

template <class T>
class Ref {
 public:
  Ref() = default;
  /// Shares `object`, counting this reference.
  explicit Ref(T* object) noexcept : object_(object) {
    if (object_ != nullptr) object_->refs.fetch_add(1, std::memory_order_relaxed);
  }
  Ref(const Ref& other) noexcept : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr && object_->refs.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      T::dispose(object_);
    }
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  bool unique() const { return object_->refs.load(std::memory_order_acquire) == 1; }

 private:
  T* object_ = nullptr;
};

}  // namespace ct::detail
