// How an op asks what autocast makes of its operands: at its entry, before any check, and again as
// itself with what it was given:
//
//   Tensor matmul(const Tensor& a, const Tensor& b) {
//     if (const ops::Autocast cast{"matmul"}) return matmul(cast(a), cast(b));
//
// While `cast` lives autocast is off, so what the op is made of sees its operands as they are. The
// name is looked up by the compiler; a row that is missing (autocast_table.hpp) does not compile.
// With autocast off this is a load and a branch.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "core/autocast_state.hpp"
#include "customtensor/tensor.hpp"
#include "ops/autocast_table.hpp"

namespace ct::ops {

class Autocast {
 public:
  /// The row of an op.
  struct Rule {
    Precision precision;
    consteval Rule(const char* op) : precision(*precision_of(op)) {}  // NOLINT: a name is a rule
    explicit constexpr Rule(Precision given) : precision(given) {}
  };

  explicit Autocast(Rule rule) : on_(autocast_state.mode.enabled), rule_(rule) {
    if (on_) [[unlikely]]
      autocast_state.mode.enabled = false;
  }
  /// Of `widest`: the operands whose types count.
  Autocast(Rule rule, std::initializer_list<const Tensor*> operands) : Autocast(rule) {
    if (on_) [[unlikely]] {
      for (const Tensor* t : operands) count(*t);
    }
  }
  Autocast(Rule rule, std::span<const Tensor> operands) : Autocast(rule) {
    if (on_) [[unlikely]] {
      for (const Tensor& t : operands) count(t);
    }
  }
  ~Autocast() {
    if (on_) [[unlikely]]
      autocast_state.mode.enabled = true;
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

  explicit operator bool() const { return on_; }

  /// The operand in the op's type, recorded; itself if it is that already, is undefined, no
  /// floating tensor or float64.
  Tensor operator()(const Tensor& t) const;
  std::vector<Tensor> operator()(std::span<const Tensor> tensors) const;
  /// Options with their tensor `weight` likewise.
  template <class Options>
  Options weighted(Options options) const {
    options.weight = (*this)(options.weight);
    return options;
  }

 private:
  void count(const Tensor& t);

  bool on_;
  Rule rule_;
  DType widest_ = DType::float16;
  bool counted_ = false;
};

/// Whether autocast wants a pointwise function of this name in float32, and an input is not.
bool autocasts_to_float32(const char* name, std::span<const Tensor* const> inputs);

}  // namespace ct::ops
