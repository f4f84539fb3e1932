// A segment is one checkpointed call: its function, its inputs, and the slots that nodes hold in
// place of tensors. It lives as long as a slot does; the first slot that is read runs it again,
// which fills them all.
#include "autograd/checkpoint.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "autograd/record.hpp"
#include "core/autocast_state.hpp"
#include "customtensor/autograd_functional.hpp"
#include "customtensor/error.hpp"
#include "customtensor/random.hpp"

namespace ct::autograd {

thread_local constinit SaveScope* save_scope = nullptr;

namespace {
thread_local constinit bool runs_again = false;
}
bool recomputing() { return runs_again; }

/// One checkpointed call: what it takes to run it again, and the slots still in use.
class Segment : public detail::RefCounted {
 public:
  Segment(TensorFunction fn, const Tensors& inputs)
      : fn_(std::move(fn)), random_(default_generator().state()), autocast_(autocast_state.mode) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      inputs_.emplace_back(inputs[i], static_cast<int>(i));
      wanted_.push_back(needs_grad(inputs[i]));
    }
  }
  static void dispose(Segment* segment) { delete segment; }

  SavedSlotRef add(const Tensor& tensor, bool& keep) {
    const TensorImpl& t = detail::impl(tensor);
    // A parameter lives anyway; kept itself, a change to it before backward is noticed.
    keep = needs_grad(tensor) && node_of(tensor)->is_leaf();
    if (keep) {
      slots_.push_back(nullptr);
      return {};
    }
    SavedSlotRef slot(new SavedSlot);
    slot->segment = detail::Ref<Segment>(this);
    slot->number = slots_.size();
    slot->shape = t.shape;
    slot->dtype = t.dtype;
    if (needs_grad(tensor)) {
      slot->grad_fn = GradNodeRef(node_of(tensor));
      slot->output_nr = t.output_nr;
    }
    slots_.push_back(slot.get());
    return slot;
  }
  void forget(size_t number) { slots_[number] = nullptr; }

  /// Runs the function again and fills the slots.
  void recompute();

 private:
  class Refill final : public SaveScope {
   public:
    explicit Refill(Segment& segment) : segment_(segment) {}
    SavedSlotRef save(const Tensor& tensor, bool& keep) override {
      keep = false;  // this run's own graph is not used
      const size_t n = count_++;
      if (n >= segment_.slots_.size() || segment_.slots_[n] == nullptr) return {};
      SavedSlot& slot = *segment_.slots_[n];
      const TensorImpl& t = detail::impl(tensor);
      if (t.shape != slot.shape || t.dtype != slot.dtype) {
        throw AutogradError(fmt::format(
            "checkpoint: the function did not do the same again: saved tensor {} was {} {}, now it "
            "is "
            "{} {}",
            n, name(slot.dtype), to_string(slot.shape), name(t.dtype), to_string(t.shape)));
      }
      slot.value = detail::make_view(tensor, t.shape, t.strides, t.offset);
      slot.mark = SavedMark(t.storage);
      return {};
    }
    size_t count() const { return count_; }

   private:
    Segment& segment_;
    size_t count_ = 0;
  };

  TensorFunction fn_;
  RandomState random_;
  AutocastMode autocast_;
  std::vector<SavedTensor> inputs_;
  std::vector<bool> wanted_;
  std::vector<SavedSlot*> slots_;  // null: gone, or the tensor itself was kept
};

void Segment::recompute() {
  const detail::Ref<Segment> alive(this);
  struct Again {
    Again() : outer(std::exchange(runs_again, true)) {}
    ~Again() { runs_again = outer; }
    bool outer;
  };
  const Again again;
  const AutocastSwitch as_it_was(autocast_);
  Tensors inputs;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    Tensor input = inputs_[i].get();
    if (input.defined()) {
      input = input.detach();
      if (wanted_[i]) input.requires_grad_();
    }
    inputs.push_back(std::move(input));
  }
  struct Replay {
    explicit Replay(RandomState state) : kept(default_generator().state()) {
      default_generator().set_state(state);
    }
    ~Replay() { default_generator().set_state(kept); }
    RandomState kept;
  };
  const EnableGradGuard on;
  const Replay replay(random_);
  Refill refill(*this);
  fn_(inputs);
  if (refill.count() != slots_.size()) {
    throw AutogradError(
        fmt::format("checkpoint: the function did not do the same again: it saved {} tensors for "
                    "backward, now {}",
                    slots_.size(), refill.count()));
  }
}

SavedSlot::~SavedSlot() { segment->forget(number); }

Tensor SavedSlot::get() {
  if (!value.defined()) segment->recompute();
  if (!grad_enabled() || !grad_fn) return value;
  const TensorImpl& v = detail::impl(value);
  Tensor restored = detail::make_view(value, v.shape, v.strides, v.offset);
  set_history(restored, static_cast<Node*>(grad_fn.get()), output_nr);
  return restored;
}

Tensors checkpoint(const TensorFunction& fn, const Tensors& inputs) {
  if (!recording()) return fn(inputs);
  class Collect final : public SaveScope {
   public:
    explicit Collect(Segment& segment) : segment_(segment) {}
    SavedSlotRef save(const Tensor& tensor, bool& keep) override {
      return segment_.add(tensor, keep);
    }

   private:
    Segment& segment_;
  };
  const detail::Ref<Segment> segment(new Segment(fn, inputs));
  const Collect collect(*segment);
  return fn(inputs);
}

}  // namespace ct::autograd
