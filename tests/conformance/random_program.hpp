// A random straight-line program of tensor ops, for the property test: the same steps run in any
// dtype on any device. Programs are made by running them, so that every step is legal, stays small
// and bounded, and keeps away from where derivatives jump.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"

namespace ct::test {

/// A random stream that gives the same numbers with every standard library.
class Dice {
 public:
  explicit Dice(uint64_t seed) : seed_(seed) {}
  /// A whole number in [0, sides).
  int64_t roll(int64_t sides) {
    return static_cast<int64_t>(philox4x32(seed_, next_++)[0] % static_cast<uint64_t>(sides));
  }
  bool coin() { return roll(2) == 1; }
  double uniform(double low, double high) {
    return low + philox4x32(seed_, next_++)[0] * 0x1p-32 * (high - low);
  }

 private:
  uint64_t seed_;
  uint64_t next_ = 0;
};

class RandomProgram {
 public:
  /// `steps` ops on a few inputs.
  RandomProgram(uint64_t seed, int steps);

  /// The inputs' numbers: the same in every dtype, on every device.
  Tensors inputs(DType dtype, Device device, bool requires_grad = false) const;
  /// All results that no later step used. `after_each`, if given, replaces each step's result.
  Tensors run(const Tensors& inputs,
              const std::function<Tensor(const Tensor&)>& after_each = {}) const;
  /// A line a step.
  const std::string& text() const { return text_; }

 private:
  struct Step {
    std::function<Tensor(const Tensors&)> compute;
    double scale = 1;  ///< of the result, to keep it bounded
  };
  friend class ProgramMaker;
  Tensor apply(const Step& step, const Tensors& values) const;

  uint64_t seed_;
  std::vector<Shape> shapes_;
  std::vector<Step> steps_;
  std::vector<bool> used_;  ///< by value: inputs, then steps
  std::string text_;
};

}  // namespace ct::test
