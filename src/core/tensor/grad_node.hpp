// What core knows of the tape: a counted object behind a tensor. The nodes themselves are
// autograd's.
//
// A dying node frees the nodes it points to; done by recursion, a chain of a million ops would
// overflow the stack. So the last reference only queues the node, and the outermost release drains
// the queue.
#pragma once

#include "core/memory/ref.hpp"
#include "core/memory/small_alloc.hpp"

namespace ct {

struct GradNode : detail::RefCounted {
  GradNode() = default;
  GradNode(const GradNode&) = delete;
  GradNode& operator=(const GradNode&) = delete;
  virtual ~GradNode() = default;
  static void dispose(GradNode* node) noexcept;

  /// Of a leaf's node: the TensorImpl whose node it is, while that lives.
  void* owner = nullptr;

 private:
  GradNode* next_dying_ = nullptr;
};

using GradNodeRef = detail::Ref<GradNode>;

}  // namespace ct
