// A layer one of whose parameters is computed at each call from others that learn in its place:
// weight_norm and spectral_norm.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct WeightNormOptions {
  /// The axis whose slices have a length each; nothing: the whole has one.
  std::optional<int64_t> dim = 0;
};

/// value = original1 original0 / |original1|: a length and a direction. original0 has the value's
/// shape with 1 for every axis but `dim`.
/// Source: arXiv:1602.07868, torch.nn.utils.parametrizations.weight_norm
class CT_API WeightNormRule : public Module {
 public:
  using Options = WeightNormOptions;
  /// Errors: ShapeError for an axis that `value` does not have
  WeightNormRule(const Tensor& value, const Options& options);
  void members(Members& m) override;
  Tensor value();

  Tensor original0, original1;

 private:
  std::optional<int64_t> dim_;
};

struct SpectralNormOptions {
  int64_t n_power_iterations = 1;  ///< a call, while training
  double eps = 1e-12;
  int64_t dim = 0;  ///< the axis of outputs: 1 of a transposed convolution's weight
};

/// value = original / sigma, the largest singular value of `original` as a matrix (dim, all else),
/// whose vectors u and v are buffers that a few steps of the power method a call keep up with it.
/// Names: "original", "0._u", "0._v". Of one axis: original / |original|.
/// Source: arXiv:1802.05957, torch.nn.utils.parametrizations.spectral_norm
class CT_API SpectralNormRule : public Module {
 public:
  using Options = SpectralNormOptions;
  /// Errors: ValueError for a number of iterations below 1; ShapeError for an axis that is not
  /// there
  SpectralNormRule(const Tensor& value, const Options& options);
  void members(Members& m) override;
  Tensor value();

  Tensor original;
  Tensor u, v;  ///< of unit length; undefined for one axis

 private:
  struct Vectors : Module {
    SpectralNormRule* of = nullptr;
    void members(Members& m) override {
      m.buffer("_u", of->u);
      m.buffer("_v", of->v);
    }
  };
  void follow(const Tensor& matrix, int64_t steps);
  Tensor matrix() const;

  Options options_;
  Vectors vectors_;
};

namespace detail {
/// Errors: ValueError if it is undefined
CT_API const Tensor& parametrized(const Tensor& parameter);
/// A copy that requires grad, outside of any graph.
CT_API Tensor leaf_of(const Tensor& value);
}  // namespace detail

/// Names: those of the layer but for the parameter, and "parametrizations.<parameter>.<original>",
/// which are PyTorch's.
template <std::derived_from<Module> Layer, class Rule>
class Parametrized : public Module {
 public:
  /// Errors: ValueError if the layer does not have the parameter; those of the rule
  Parametrized(Layer layer, const typename Rule::Options& options, Tensor Layer::*parameter,
               std::string name)
      : layer_(std::move(layer)),
        parameter_(parameter),
        by_name_{std::move(name), Rule(detail::parametrized(layer_.*parameter), options)} {
    layer_.*parameter_ = Tensor();
  }

  void members(Members& m) override {
    m(layer_);
    m("parametrizations", by_name_);
  }
  Tensor forward(const Tensor& x) override {
    struct During {
      Tensor& place;
      ~During() { place = Tensor(); }
    } during{layer_.*parameter_};
    during.place = by_name_.rule.value();
    return layer_(x);
  }
  Rule& rule() { return by_name_.rule; }
  /// The parameter as it is now, recorded.
  Tensor value() { return by_name_.rule.value(); }
  /// The layer with the parameter's value as its own parameter again.
  Layer remove() {
    Layer plain = layer_;
    plain.*parameter_ = detail::leaf_of(by_name_.rule.value());
    return plain;
  }

 private:
  struct ByName : Module {
    ByName(std::string name_, Rule rule_) : name(std::move(name_)), rule(std::move(rule_)) {}
    std::string name;
    Rule rule;
    void members(Members& m) override { m(name, rule); }
  };
  Layer layer_;
  Tensor Layer::*parameter_;
  ByName by_name_;
};

///   Sequential net{weight_norm(Linear(8, 4)), spectral_norm(Conv2d(3, 8, 3))};
template <std::derived_from<Module> Layer>
auto weight_norm(Layer layer, const WeightNormOptions& options = {},
                 Tensor Layer::*parameter = &Layer::weight, std::string name = "weight") {
  return Parametrized<Layer, WeightNormRule>(std::move(layer), options, parameter, std::move(name));
}
template <std::derived_from<Module> Layer>
auto spectral_norm(Layer layer, const SpectralNormOptions& options = {},
                   Tensor Layer::*parameter = &Layer::weight, std::string name = "weight") {
  return Parametrized<Layer, SpectralNormRule>(std::move(layer), options, parameter,
                                               std::move(name));
}

}  // namespace ct::nn
