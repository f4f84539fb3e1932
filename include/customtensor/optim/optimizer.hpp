// Optimizer: changes parameters by their gradients. Every step is one pointwise program that
// reads gradient, parameter and state and writes parameter and state: one pass over memory.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/pointwise.hpp"
#include "customtensor/scalar.hpp"
#include "customtensor/state_dict.hpp"
#include "customtensor/tensor.hpp"

namespace ct::optim {

/// A rule of one's own derives from this and gives its states' names, its program and the
/// program's scalars; see src/optim/adam.cpp. Parameters are shared with the model by handle; they
/// may move to another device or dtype at any time, the state follows; that of float16 and bfloat16
/// parameters is float32.
class CT_API Optimizer {
 public:
  using Visit = std::function<void(std::string_view name, double& value)>;

  virtual ~Optimizer();

  /// Updates every parameter that has a gradient. Unrecorded.
  void step();
  /// Makes every gradient undefined.
  void zero_grad();
  const Tensors& parameters() const { return parameters_; }

  double lr() const { return lr_; }
  /// Errors: ValueError if it is negative or not finite.
  void set_lr(double lr);

  /// Everything that the next step depends on, as tensors: "hyper.lr" and the other
  /// hyper-parameters (float64), "steps" (int64, one per parameter), "3.exp_avg": the state of
  /// parameter 3. Shares memory with the optimizer.
  StateDict state_dict() const;
  /// Errors: ValueError listing every missing, unexpected and mis-shaped name; then nothing was
  /// changed
  void load_state_dict(const StateDict& state);

 protected:
  /// Errors: ValueError for no parameters, one that is undefined, repeated, not floating or the
  /// result of recorded ops, or for a bad lr.
  Optimizer(const char* name, Tensors parameters, double lr, std::vector<std::string> states);
  // Copying would have two optimizers write one state.
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(Optimizer&&) = default;

  /// Program of a step. Inputs: gradient, parameter, states; outputs: parameter, states. States
  /// begin as zeros.
  virtual const ProgramPtr& program() const = 0;
  /// Its scalars for the `step`-th update (from 1) of a parameter; as many as the program has.
  virtual void scalars(int64_t step, std::span<Scalar> scalars) const = 0;
  /// Calls `visit` with each hyper-parameter but lr, by name; it may change them.
  virtual void hyper_parameters(const Visit& visit) = 0;

  /// ValueError "<optimizer>: <name> must be …" unless low <= value < high (value <= high if
  /// `closed`).
  void check_range(std::string_view name, double value, double low, double high,
                   bool closed = false) const;

 private:
  std::span<Tensor> slots_of(size_t i);
  std::span<const Tensor> slots_of(size_t i) const;
  std::string state_name(size_t i, size_t k) const;
  void prepare_states(size_t i);

  const char* name_;
  Tensors parameters_;
  double lr_;
  std::vector<std::string> state_names_;
  // For each parameter: gradient (only during a step), parameter, states. Inputs of the program are
  // all of them, outputs all but the first, so that a step needs no lists of its own.
  Tensors slots_;
  std::vector<int64_t> steps_;
  std::vector<Scalar> scalars_;
};

}  // namespace ct::optim
