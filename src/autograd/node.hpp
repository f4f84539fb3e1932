// Nodes of the tape. A node is what an op leaves behind when it is recorded: edges to the nodes of
// its inputs, and a backward that turns gradients of its outputs into gradients of its inputs.
//
// `depth` is one more than the deepest input's: visiting nodes from the deepest up meets every
// consumer of a node before the node itself, without counting dependencies first and without a
// global counter.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "autograd/ops_needed.hpp"
#include "core/tensor/tensor_impl.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/hook_list.hpp"

namespace ct::autograd {

class Node;

struct Edge {
  detail::Ref<GradNode> node;  ///< null: that input needs no gradient
  uint32_t output_nr = 0;
  DType dtype = DType::float32;  ///< the input's, and so its gradient's
  Node* get() const;
};

/// A node's edges, inline up to three.
class Edges {
 public:
  explicit Edges(int count) : count_(count) {
    if (count > kInlineEdges) more_ = std::make_unique<Edge[]>(static_cast<size_t>(count));
  }
  int size() const { return count_; }
  Edge& operator[](int i) {
    return count_ > kInlineEdges ? more_[static_cast<size_t>(i)] : some_[i];
  }
  const Edge& operator[](int i) const {
    return count_ > kInlineEdges ? more_[static_cast<size_t>(i)] : some_[i];
  }

 private:
  static constexpr int kInlineEdges = 3;
  Edge some_[kInlineEdges];
  std::unique_ptr<Edge[]> more_;
  int count_;
};

/// Gradients of a node's inputs while its backward runs.
class Gradients {
 public:
  Gradients(const Edges& edges, Tensor* values) : edges_(edges), values_(values) {}
  /// Whether input i needs its gradient. Do not compute it otherwise.
  bool needed(int i) const { return static_cast<bool>(edges_[i].node); }
  /// Left undefined, it counts as zero.
  Tensor& operator[](int i) { return values_[i]; }
  int size() const { return edges_.size(); }
  /// The dtype of input i. A gradient may be left in a wider one: it is rounded once, when the
  /// backward is done.
  DType dtype(int i) const { return edges_[i].dtype; }

 private:
  const Edges& edges_;
  Tensor* values_;
};

using Hook = std::function<Tensor(const Tensor&)>;

/// Rarely used attachments of a node: hooks on its outputs, gradients kept for results; of a leaf,
/// hooks that run when its gradient was accumulated.
struct NodeExtras {
  struct OutputHook {
    uint32_t output_nr;
    Hook hook;
  };
  detail::HookList<OutputHook> hooks;
  detail::HookList<std::function<void(const Tensor&)>> post_hooks;
  uint64_t last_id = 0;
  std::vector<std::pair<uint32_t, Tensor>> retained;
};

class Node : public GradNode, public detail::SmallObject {
 public:
  using detail::SmallObject::operator new;
  using detail::SmallObject::operator delete;

  Node(const char* name, int inputs, uint32_t outputs)
      : edges_(inputs), name_(name), outputs_(outputs) {}

  /// `grads` has one entry per output, undefined ones are zero (at least one is defined).
  virtual void backward(std::span<const Tensor> grads, Gradients& result) = 0;
  /// Frees what was saved for backward; the node cannot run again if anything was.
  virtual void release_saved() {}

  const char* name() const { return name_; }
  uint32_t outputs() const { return outputs_; }
  uint64_t depth() const { return depth_; }
  Edges& edges() { return edges_; }
  const Edges& edges() const { return edges_; }
  bool is_leaf() const { return leaf_; }
  NodeExtras& extras() {
    if (!extras_) extras_ = std::make_unique<NodeExtras>();
    return *extras_;
  }
  NodeExtras* extras_if_any() const { return extras_.get(); }
  bool freed() const { return freed_; }

  /// Connects input i to the tensor's node.
  void connect(int i, const Tensor& input) {
    const TensorImpl& t = detail::impl(input);
    if (t.outdated()) refresh_view(input);
    if (!t.requires_grad) return;
    edges_[i] = {t.grad_fn, t.output_nr, t.dtype};
    depth_ = std::max(depth_, static_cast<Node*>(t.grad_fn.get())->depth_ + 1);
  }

 protected:
  Edges edges_;
  const char* name_;
  std::unique_ptr<NodeExtras> extras_;
  uint64_t depth_ = 0;
  uint32_t outputs_;
  bool leaf_ = false;
  bool freed_ = false;
  friend class Engine;
};

inline Node* Edge::get() const { return static_cast<Node*>(node.get()); }

/// The end of the tape at a leaf: owns .grad().
class Accumulator final : public Node {
 public:
  Accumulator() : Node("leaf", 0, 1) { leaf_ = true; }
  void backward(std::span<const Tensor> grads, Gradients& result) override;
  Tensor grad;
};

inline Node* node_of(const Tensor& t) {
  if (detail::impl(t).outdated()) refresh_view(t);
  return static_cast<Node*>(detail::impl(t).grad_fn.get());
}

/// A gradient that `tensor` retains goes with it to its new history.
void move_retained(const TensorImpl& tensor, Node* node, uint32_t nr);

/// Makes `output` the op's result number `nr`.
inline void set_history(const Tensor& output, Node* node, uint32_t nr) {
  TensorImpl& i = detail::impl(output);
  if (i.grad_fn) move_retained(i, node, nr);
  i.grad_fn = GradNodeRef(node);
  i.output_nr = nr;
  i.requires_grad = true;
}

/// The node whose backward is running on this thread, or null.
Node* current_node();

}  // namespace ct::autograd
