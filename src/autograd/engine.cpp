// The backward pass: nodes wait in a heap ordered by depth, each with the sum of what arrived so
// far. Iterative, so that a chain of any length fits; the table of waiting nodes holds the frontier
// only.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "autograd/node.hpp"
#include "autograd/ops_needed.hpp"
#include "autograd/record.hpp"
#include "core/autocast_state.hpp"
#include "customtensor/error.hpp"

namespace ct::autograd {

namespace {
thread_local constinit Node* running_node = nullptr;

/// Sets what current_node() answers, and whether ops are recorded, while a node runs. Autocast is
/// off: gradients have the types of what they are gradients of.
class RunningScope {
 public:
  RunningScope(Node* node, bool record)
      : previous_(running_node), recorded_(grad_enabled()), autocast_({.enabled = false}) {
    running_node = node;
    set_grad_enabled(record);
  }
  ~RunningScope() {
    running_node = previous_;
    set_grad_enabled(recorded_);
  }
  RunningScope(const RunningScope&) = delete;
  RunningScope& operator=(const RunningScope&) = delete;

 private:
  Node* previous_;
  bool recorded_;
  AutocastSwitch autocast_;
};

bool owned_alone(const Tensor& t) {
  const TensorImpl& i = detail::impl(t);
  return i.refs.load(std::memory_order_relaxed) == 1 && i.storage.unique() && i.contiguous &&
         i.storage->owned;
}

/// What a user is given to keep: the gradient itself if nobody else has a handle to its memory. Who
/// has one later finds that this one is there, and copies; so what is changed in one of them stays
/// there.
Tensor own(const Tensor& gradient) { return owned_alone(gradient) ? gradient : copy_of(gradient); }

/// Whether elements share memory, as those of an expanded tensor do: nothing can be added to it.
bool is_expanded(const Tensor& t) {
  const TensorImpl& i = detail::impl(t);
  for (int axis = 0; axis < i.shape.rank(); ++axis) {
    if (i.strides[axis] == 0 && i.shape[axis] > 1) return true;
  }
  return false;
}
}  // namespace

Node* current_node() { return running_node; }

void Accumulator::backward(std::span<const Tensor> grads, Gradients& /*result*/) {
  const Tensor& g = grads[0];
  const bool record = grad_enabled();
  if (!grad.defined()) {
    grad = own(g);
    detail::impl(grad).storage->mark(MemoryKind::gradients);
  } else if (record || is_expanded(grad)) {
    grad = sum_of(grad, g);
    detail::impl(grad).storage->mark(MemoryKind::gradients);
  } else {
    add_in_place(grad, g);
  }
  if (extras_if_any() == nullptr || extras_->post_hooks.empty() || owner == nullptr) return;
  auto* leaf = static_cast<TensorImpl*>(owner);
  leaf->refs.fetch_add(1, std::memory_order_relaxed);
  const Tensor tensor = Tensor::adopt(leaf);
  extras_->post_hooks.for_each([&](const auto& hook) { hook(tensor); });
}

/// One backward pass.
class Engine {
 public:
  explicit Engine(const BackwardOptions& options)
      : record_(options.create_graph), keep_(options.retain_graph || options.create_graph) {}

  void add_root(const Tensor& root, Tensor gradient) {
    Node* node = node_of(root);  // first: an outdated view gets its history here
    arrive(node, detail::impl(root).output_nr, std::move(gradient));
  }

  /// grad(): deliver what arrives there instead of accumulating in leaves; visit only what leads
  /// there.
  void capture(const Tensors& inputs) {
    capturing_ = true;
    for (size_t i = 0; i < inputs.size(); ++i) {
      Node* node = node_of(inputs[i]);
      captures_[node].push_back({detail::impl(inputs[i]).output_nr, i});
    }
    captured_.resize(inputs.size());
  }
  void prune(const Tensors& roots);

  void run() {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      const Waiting next = heap_.back();
      heap_.pop_back();
      std::unique_ptr<Slot> slot = take_slot(next.node);
      visit(next.node, *slot);
      slot->owner = GradNodeRef();
      spare_.push_back(std::move(slot));
    }
  }
  Tensors& captured() { return captured_; }

 private:
  /// The gradients that wait at a node; holds the node alive.
  struct Slot {
    GradNodeRef owner;
    Tensor one;  // the only output's, or output 0's
    std::vector<Tensor> rest;
    std::span<const Tensor> all(std::vector<Tensor>& space) {
      if (rest.empty()) return {&one, 1};
      space.push_back(std::move(one));
      for (Tensor& t : rest) space.push_back(std::move(t));
      return space;
    }
    Tensor& at(uint32_t nr) { return nr == 0 ? one : rest[nr - 1]; }
  };
  struct Waiting {
    uint64_t depth;
    uint64_t
        order;  // of equals, the first to wait goes first: the order of sums is always the same
    Node* node;
    bool operator<(const Waiting& other) const {
      return depth != other.depth ? depth < other.depth : order > other.order;
    }
  };

  void arrive(Node* node, uint32_t nr, Tensor gradient) {
    if (capturing_ && !pruned_in_.contains(node)) return;
    std::unique_ptr<Slot>& slot = slot_of(node);
    if (!slot) {
      slot = spare_.empty() ? std::make_unique<Slot>() : std::move(spare_.back());
      if (!spare_.empty()) spare_.pop_back();
      slot->owner = GradNodeRef(node);
      slot->rest.resize(node->outputs() - 1);
      heap_.push_back({node->depth(), order_++, node});
      std::push_heap(heap_.begin(), heap_.end());
    }
    Tensor& sum = slot->at(nr);
    if (!sum.defined()) {
      sum = std::move(gradient);
    } else if (!record_ && owned_alone(sum) && sum.dtype() == gradient.dtype()) {
      add_in_place(sum, gradient);
    } else {
      const RunningScope scope(running_node, record_);
      sum = sum_of(sum, gradient);
    }
  }

  // The frontier is small: a linear table of the waiting nodes, newest last, beats hashing until it
  // grows.
  std::unique_ptr<Slot>& slot_of(Node* node) {
    if (waiting_.size() < kLinear && many_.empty()) {
      for (size_t i = waiting_.size(); i-- > 0;) {
        if (waiting_[i].first == node) return waiting_[i].second;
      }
      return waiting_.emplace_back(node, nullptr).second;
    }
    for (auto& [known, slot] : waiting_) many_[known] = std::move(slot);
    waiting_.clear();
    return many_[node];
  }
  std::unique_ptr<Slot> take_slot(Node* node) {
    for (size_t i = waiting_.size(); i-- > 0;) {
      if (waiting_[i].first == node) {
        auto slot = std::move(waiting_[i].second);
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
        return slot;
      }
    }
    const auto it = many_.find(node);
    auto slot = std::move(it->second);
    many_.erase(it);
    return slot;
  }

  void visit(Node* node, Slot& slot);

  static constexpr size_t kLinear = 32;
  bool record_, keep_;
  bool capturing_ = false;
  uint64_t order_ = 0;
  std::vector<Waiting> heap_;
  std::vector<std::pair<Node*, std::unique_ptr<Slot>>> waiting_;
  std::unordered_map<Node*, std::unique_ptr<Slot>> many_;
  std::vector<std::unique_ptr<Slot>> spare_;
  std::unordered_map<Node*, std::vector<std::pair<uint32_t, size_t>>> captures_;
  std::unordered_set<Node*> pruned_in_;
  Tensors captured_;
};

void Engine::prune(const Tensors& roots) {
  // Post-order over the graph without recursion: a node is visited if it, or something behind it,
  // is captured.
  struct Frame {
    Node* node;
    int next;
    bool needed;
  };
  std::unordered_set<Node*> seen;
  std::vector<Frame> stack;
  for (const Tensor& root : roots) {
    if (!seen.insert(node_of(root)).second) continue;
    stack.push_back({node_of(root), 0, captures_.contains(node_of(root))});
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next == top.node->edges().size()) {
        const Frame done = top;
        stack.pop_back();
        if (done.needed) pruned_in_.insert(done.node);
        if (done.needed && !stack.empty()) stack.back().needed = true;
        continue;
      }
      Node* child = top.node->edges()[top.next++].get();
      if (child == nullptr) continue;
      if (seen.insert(child).second) {
        stack.push_back({child, 0, captures_.contains(child)});
      } else if (pruned_in_.contains(child)) {
        top.needed = true;
      }
    }
  }
}

namespace {
/// Errors: AutogradError if `gradient`, just made by `node` for its input i, has a NaN.
void check_gradient(const Node& node, int i, const Tensor& gradient, bool arrived) {
  if (!is_differentiable(gradient.dtype())) return;
  const int64_t count = count_nan(gradient);
  if (count == 0) return;
  const Node* source = node.edges()[i].get();
  throw AutogradError(fmt::format(
      "backward: '{}' made a NaN gradient for its input {} of shape {}, which is {}: {} of {} "
      "elements"
      "{}",
      node.name(), i, to_string(gradient.shape()),
      source == nullptr || source->is_leaf() ? "a leaf"
                                             : fmt::format("the result of '{}'", source->name()),
      count, gradient.numel(), arrived ? "; the gradient that reached it had NaN already" : ""));
}
}  // namespace

void Engine::visit(Node* node, Slot& slot) {
  if (NodeExtras* extras = node->extras_if_any()) {
    const RunningScope scope(node, record_);
    extras->hooks.for_each([&](const NodeExtras::OutputHook& h) {
      Tensor& g = slot.at(h.output_nr);
      if (!g.defined()) return;
      const Tensor replaced = h.hook(g);
      if (!replaced.defined()) return;
      if (replaced.shape() != g.shape()) {
        throw AutogradError(
            fmt::format("backward: a hook on the result of '{}' returned shape {} for a gradient "
                        "of shape {}; return the same shape, or an undefined tensor to keep it",
                        node->name(), to_string(replaced.shape()), to_string(g.shape())));
      }
      g = replaced;
    });
    if (!capturing_) {
      for (auto& [nr, kept] : extras->retained) {
        const Tensor& g = slot.at(nr);
        if (g.defined()) kept = kept.defined() ? sum_of(kept, g) : own(g);
      }
    }
  }
  if (capturing_) {
    const auto it = captures_.find(node);
    if (it != captures_.end()) {
      const RunningScope scope(node, record_);
      for (const auto& [nr, i] : it->second) {
        if (slot.at(nr).defined()) captured_[i] = own(slot.at(nr));
      }
    }
    if (node->is_leaf()) return;
  }
  if (node->freed()) {
    throw AutogradError(fmt::format(
        "backward: the graph was already freed at '{}': it was gone through before; pass "
        "retain_graph = true to the earlier backward",
        node->name()));
  }
  const int inputs = node->edges().size();
  constexpr int kInlineResults = 4;
  Tensor few[kInlineResults];
  std::vector<Tensor> more(inputs > kInlineResults ? static_cast<size_t>(inputs) : 0);
  Tensor* results = inputs > kInlineResults ? more.data() : few;
  std::vector<Tensor> space;
  bool arrived = false;  // a NaN came in
  {
    const RunningScope scope(node, record_);
    Gradients gradients(node->edges(), results);
    const std::span<const Tensor> grads = slot.all(space);
    if (anomaly_detection()) {
      for (const Tensor& g : grads) arrived = arrived || (g.defined() && count_nan(g) > 0);
    }
    node->backward(grads, gradients);
    for (int i = 0; i < inputs; ++i) {
      Tensor& g = results[i];
      if (!g.defined() || !gradients.needed(i)) continue;
      if (detail::impl(g).dtype != gradients.dtype(i)) g = converted(g, gradients.dtype(i));
    }
  }
  if (anomaly_detection()) {
    for (int i = 0; i < inputs; ++i) {
      if (results[i].defined()) check_gradient(*node, i, results[i], arrived);
    }
  }
  slot.one = Tensor();
  slot.rest.clear();
  if (!keep_) node->release_saved();
  for (int i = 0; i < inputs; ++i) {
    const Edge& edge = node->edges()[i];
    if (edge.node && results[i].defined()) {
      arrive(edge.get(), edge.output_nr, std::move(results[i]));
    }
  }
}

namespace {
Tensors root_gradients(const char* op, const Tensors& roots, const BackwardOptions& options) {
  if (!options.gradients.empty() && options.gradients.size() != roots.size()) {
    throw ValueError(fmt::format("{}: {} gradients for {} roots; pass one for each, or none", op,
                                 options.gradients.size(), roots.size()));
  }
  detail::check_all_defined(roots, op);
  Tensors result;
  for (size_t i = 0; i < roots.size(); ++i) {
    const Tensor& root = roots[i];
    if (!needs_grad(root)) {
      throw AutogradError(
          fmt::format("{}: root {} of shape {} does not require grad: no recorded op made it; set "
                      "requires_grad on an input, and compute it outside of NoGradGuard",
                      op, i, to_string(root.shape())));
    }
    Tensor g = options.gradients.empty() ? Tensor() : options.gradients[i];
    if (!g.defined()) {
      if (root.numel() != 1) {
        throw ShapeError(
            fmt::format("{}: root {} has shape {}: only a root of one element has an implicit "
                        "gradient of 1; reduce it, or pass its gradient",
                        op, i, to_string(root.shape())));
      }
      g = filled_like(root, 1.0);
    } else if (g.shape() != root.shape()) {
      throw ShapeError(fmt::format("{}: gradient {} has shape {}: its root has shape {}", op, i,
                                   to_string(g.shape()), to_string(root.shape())));
    }
    result.push_back(std::move(g));
  }
  return result;
}
}  // namespace

}  // namespace ct::autograd

namespace ct {

void backward(const Tensors& roots, const BackwardOptions& options) {
  Tensors gradients = autograd::root_gradients("backward", roots, options);
  autograd::Engine engine(options);
  for (size_t i = 0; i < roots.size(); ++i) engine.add_root(roots[i], std::move(gradients[i]));
  engine.run();
}

Tensors grad(const Tensors& roots, const Tensors& inputs, const BackwardOptions& options) {
  Tensors gradients = autograd::root_gradients("grad", roots, options);
  detail::check_all_defined(inputs, "grad");
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!autograd::needs_grad(inputs[i])) {
      throw AutogradError(fmt::format(
          "grad: input {} of shape {} does not require grad; call requires_grad_() before using it",
          i, to_string(inputs[i].shape())));
    }
  }
  autograd::Engine engine(options);
  engine.capture(inputs);
  engine.prune(roots);
  for (size_t i = 0; i < roots.size(); ++i) engine.add_root(roots[i], std::move(gradients[i]));
  engine.run();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!engine.captured()[i].defined() && !options.allow_unused) {
      throw AutogradError(fmt::format(
          "grad: input {} of shape {} was not used to compute the roots; pass allow_unused = true "
          "to get an undefined tensor for it",
          i, to_string(inputs[i].shape())));
    }
  }
  return std::move(engine.captured());
}

}  // namespace ct
