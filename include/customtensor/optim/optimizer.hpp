// Optimizer: changes parameters by their gradients. Parameters stand in groups, each with settings
// of its own. Where a rule is elementwise, a step is one pointwise program that reads gradient,
// parameter and state and writes parameter and state: one pass over memory, and one launch for many
// tensors.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/pointwise.hpp"
#include "customtensor/scalar.hpp"
#include "customtensor/state_dict.hpp"
#include "customtensor/tensor.hpp"

namespace ct::optim {

/// Parameters, and the settings that they are trained with:
///   SGD sgd({{.params = body, .options = {.lr = 1e-3}},
///            {.params = head, .options = {.lr = 0.1}}});
template <class Options>
struct CT_API ParamGroup {
  Tensors params;
  Options options = {};
};
template <class Options>
ParamGroup(Tensors, Options) -> ParamGroup<Options>;

/// Parameters are shared with the model by handle; they may move to another device or dtype at any
/// time, the state follows; that of float16 and bfloat16 parameters is float32. A rule of one's own
/// derives from ElementwiseOptimizer; see src/optim/adam.cpp.
class CT_API Optimizer {
 public:
  /// Clears the gradients, computes the loss, calls backward on it and returns it.
  using Closure = std::function<Tensor()>;
  /// Where a setting of a group is kept.
  using HyperParameter =
      std::variant<double*, bool*, int64_t*, std::array<double, 2>*, std::array<double, 3>*>;
  using Visit = std::function<void(std::string_view name, HyperParameter value)>;

  virtual ~Optimizer();

  /// Updates every parameter that has a gradient. Unrecorded. Gradients of several backwards add up
  /// until zero_grad(), so larger batches come in pieces: backward on each piece's loss divided by
  /// their number, then one step.
  virtual void step();
  /// Calls `closure`, with gradients recorded, then updates. Returns the closure's loss.
  /// Errors: ValueError for an empty closure.
  virtual Tensor step(const Closure& closure);
  /// Makes every gradient undefined.
  void zero_grad();

  /// Those of all groups, in the order in which they came.
  const Tensors& parameters() const { return parameters_; }
  size_t group_count() const { return groups_.size(); }
  /// Errors, here and below: IndexError for a group that is not there.
  std::span<const Tensor> group_parameters(size_t group) const;

  double lr(size_t group = 0) const;
  /// Of all groups. Errors: ValueError if it is negative or not finite; then nothing was changed.
  void set_lr(double lr);
  void set_lr(size_t group, double lr);
  /// "momentum", or the first of "betas": what CyclicLR and OneCycleLR move. None where the rule
  /// has neither.
  std::optional<double> momentum(size_t group = 0) const;
  /// Errors: ValueError where there is none, or it is out of range.
  void set_momentum(size_t group, double momentum);
  /// The rate that schedules start from; the first schedule sets it, to lr(group).
  std::optional<double> initial_lr(size_t group = 0) const;
  void set_initial_lr(size_t group, double lr);

  /// Everything that the next step depends on, as tensors, in PyTorch's structure:
  ///   "state.N.step"        int64 (), how often parameter N was updated
  ///   "state.N.exp_avg" …   its state, of PyTorch's names; float64 () where it is a number
  ///   "param_groups.I.params"   int64 (n), the numbers of the group's parameters
  ///   "param_groups.I.lr" …     its settings: float64, of pairs (2); bool; int64
  ///   "param_groups.I.initial_lr"   where a schedule has set it
  /// Shares memory with the optimizer.
  virtual StateDict state_dict() const;
  /// Takes the settings of every group too. What versions before groups wrote ("hyper.lr", "steps",
  /// "3.exp_avg") is read as well.
  /// Errors: ValueError listing every missing, unexpected, mis-shaped and wrongly typed name and
  ///         every number that is not finite, or naming a setting out of range; then nothing was
  ///         changed
  virtual void load_state_dict(const StateDict& state);

 protected:
  /// A tensor or a number that each parameter has, and what it is before the first step.
  struct State {
    std::string name;
    double initial = 0.0;
    std::optional<Shape> shape = std::nullopt;  ///< of a tensor, if it is not the parameter's
  };
  struct States {
    std::vector<State> tensors = {};
    std::vector<State> numbers = {};  ///< kept on the host in float64
  };
  /// What scalars are made of: the number of the update, from 1, and the parameter's numbers, which
  /// the rule may change.
  struct Turn {
    int64_t step;
    std::span<double> numbers;
  };
  /// A parameter with all that belongs to it.
  struct Slot {
    Tensors tensors;  ///< gradient (only during a step), parameter, states, what prepare() appends
    std::vector<double> numbers;
    int64_t step = 0;
    States states;

    const Tensor& gradient() const { return tensors[0]; }
    const Tensor& parameter() const { return tensors[1]; }
    Tensor& state(size_t k) { return tensors[2 + k]; }
  };
  using Slots = std::span<Slot* const>;

  explicit Optimizer(const char* name) : name_(name) {}
  // Copying would have two optimizers write one state.
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(Optimizer&&) = default;

  const char* name() const { return name_; }

  // What a rule says of a group; OptimizerOf says it in terms of its options.
  virtual void visit_group(size_t group, const Visit& visit) = 0;
  virtual void check_group(size_t group) const = 0;
  virtual void check_parameter(size_t group, size_t number, const Tensor& parameter) const = 0;
  virtual States states_of(size_t group, const Shape& parameter) const = 0;
  virtual void prepare_group(size_t group, Slots work) = 0;
  virtual void update_group(size_t group, Slots work) = 0;

  /// Appends a group; its options are there already.
  /// Errors: ValueError for no parameters, one that is undefined, repeated, not floating or the
  /// result of recorded ops, or for options out of range; then nothing was changed
  void add_group(Tensors parameters);
  /// Runs `program` on each slot: inputs are the first of its tensors, outputs those from the
  /// parameter on. Slots that have taken the same number of steps, and whose numbers are the same,
  /// run together.
  void run_program(const ProgramPtr& program, Slots work,
                   const std::function<void(Turn&, std::span<Scalar>)>& scalars);

  /// ValueError "<optimizer>: lr must be …" unless it is at least 0 and finite.
  void check_lr(double lr) const;
  /// ValueError "<optimizer>: <name> must be …" unless low <= value < high (value <= high if
  /// `closed`).
  void check_range(std::string_view name, double value, double low, double high,
                   bool closed = false) const;
  /// ValueError unless 0 <= value < infinity.
  void check_not_negative(std::string_view name, double value) const;
  /// ValueError unless each is in [0, 1).
  void check_betas(const std::array<double, 2>& betas) const;

  Slot& slot(size_t parameter) { return slots_[parameter]; }

 private:
  struct Group {
    size_t first = 0, count = 0;
    std::optional<double> initial_lr = std::nullopt;
    bool changed = true;  ///< since its slots' states were last named
  };
  class Loading;
  class Settings;

  Group& group_at(size_t group);
  const Group& group_at(size_t group) const;
  void set_hyper(size_t group, const std::function<bool(std::string_view, HyperParameter)>& set);
  void sync_states(size_t group);
  void prepare_states(Slot& slot);

  const char* name_;
  Tensors parameters_;
  std::vector<Group> groups_;
  std::vector<Slot> slots_;
};

/// An optimizer whose groups have `Options`. A class derived from it adds its groups in its own
/// constructor, where its checks are known.
template <class Options>
class CT_API OptimizerOf : public Optimizer {
 public:
  /// May be called at any time.
  /// Errors: ValueError as in the constructor; then nothing was changed
  void add_param_group(ParamGroup<Options> group) {
    options_.push_back(std::move(group.options));
    try {
      add_group(std::move(group.params));
    } catch (...) {
      options_.pop_back();
      throw;
    }
  }
  const Options& options(size_t group = 0) const { return options_.at(group); }

 protected:
  using Optimizer::Optimizer;
  OptimizerOf(OptimizerOf&&) = default;             // NOLINT: may throw, as a map's move
  OptimizerOf& operator=(OptimizerOf&&) = default;  // NOLINT

  void add_param_groups(std::vector<ParamGroup<Options>> groups) {
    if (groups.empty()) groups.emplace_back();  // which is then said to have no parameters
    for (auto& group : groups) add_param_group(std::move(group));
  }

  /// Calls `visit` with each setting, by PyTorch's name; it may change them.
  virtual void hyper_parameters(Options& options, const Visit& visit) const = 0;
  /// Errors: ValueError for options out of range.
  virtual void check(const Options& /*options*/) const {}
  /// Errors: ValueError for a parameter that the rule is not for; `number` counts within the group.
  virtual void check_params(size_t /*number*/, const Tensor& /*parameter*/) const {}
  /// Of a parameter of that shape.
  virtual States states(const Options& /*options*/, const Shape& /*parameter*/) const { return {}; }
  /// All that an update needs memory for and that changes nothing: it may append to the slots'
  /// tensors, which are dropped after the step.
  virtual void prepare(const Options& /*options*/, Slots /*work*/) {}
  /// Changes parameters, states, numbers and counts of steps.
  virtual void update(const Options& options, Slots work) = 0;

 private:
  void visit_group(size_t group, const Visit& visit) final {
    hyper_parameters(options_[group], visit);
  }
  void check_group(size_t group) const final { check(options_[group]); }
  void check_parameter(size_t /*group*/, size_t number, const Tensor& parameter) const final {
    check_params(number, parameter);
  }
  States states_of(size_t group, const Shape& parameter) const final {
    return states(options_[group], parameter);
  }
  void prepare_group(size_t group, Slots work) final { prepare(options_[group], work); }
  void update_group(size_t group, Slots work) final { update(options_[group], work); }

  std::vector<Options> options_;
};

/// One whose update is one pointwise program.
template <class Options>
class CT_API ElementwiseOptimizer : public OptimizerOf<Options> {
 protected:
  using OptimizerOf<Options>::OptimizerOf;
  using typename Optimizer::Slots;
  using typename Optimizer::Turn;

  /// Inputs: gradient, parameter, states; outputs: parameter, states.
  virtual const ProgramPtr& program(const Options& options) const = 0;
  /// Its scalars; as many as the program has.
  virtual void scalars(const Options& options, Turn& turn, std::span<Scalar> scalars) const = 0;
  void update(const Options& options, Slots work) final {
    this->run_program(program(options), work, [&](Turn& turn, std::span<Scalar> values) {
      scalars(options, turn, values);
    });
  }
};

}  // namespace ct::optim
