// The queue of dying nodes of a thread, which makes the end of a long chain a loop.
#include "core/tensor/grad_node.hpp"

namespace ct {

namespace {
thread_local constinit GradNode* dying = nullptr;
thread_local constinit bool draining = false;
}  // namespace

void GradNode::dispose(GradNode* node) noexcept {
  node->next_dying_ = dying;
  dying = node;
  if (draining) return;
  draining = true;
  while (dying != nullptr) {
    GradNode* last = dying;
    dying = last->next_dying_;
    delete last;
  }
  draining = false;
}

}  // namespace ct
