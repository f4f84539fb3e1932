// LazyModule: a layer whose sizes come with its first input, or with the weights it loads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// Until it is made it has no tensors: parameters(), buffers() and state_dict() of a model that
/// holds it are errors that say so, load_state_dict makes it. Then it is the layer it stands for,
/// with that layer's names and numbers.
class CT_API LazyModule : public Module {
 public:
  virtual bool is_made() const = 0;
  /// For load_state_dict: the size that a stored member of this shape says, 0 if it says none.
  virtual int64_t size_said(std::string_view member, const Shape& shape) const = 0;
  virtual void make(int64_t size) = 0;
  virtual void forget() = 0;

 protected:
  /// A member that will be there; its axis `axis` is `times` times the size, -1: it says none.
  struct Member {
    std::string name;
    int axis = -1;
    int64_t times = 1;
  };
  /// The size along the axis of channels of x, the one before its last `axes`; -1: the last axis;
  /// 0: axis 1 of samples. Errors: ShapeError for an x without it
  static int64_t channels_of(const char* layer, const Tensor& x, int axes);
  static int64_t said_by(const std::vector<Member>& members, std::string_view member,
                         const Shape& shape);
};

/// Made by `build(size)` on the device and in the floating dtype of the first input.
template <class Layer>
class LazyLayer : public LazyModule {
 public:
  bool is_made() const override { return layer_.has_value(); }
  /// The layer. Errors: std::bad_optional_access before it is made
  Layer& layer() { return layer_.value(); }

  void members(Members& m) override {
    if (layer_) return m(*layer_);
    for (const Member& member : members_) m.lazy(member.name, *this);
  }
  Tensor forward(const Tensor& x) override {
    if (!layer_) {
      make(channels_of(name_, x, axes_));
      layer_->to(x.device());
      if (is_floating(x.dtype())) layer_->to(x.dtype());
    }
    return (*layer_)(x);
  }
  int64_t size_said(std::string_view member, const Shape& shape) const override {
    return said_by(members_, member, shape);
  }
  void make(int64_t size) override {
    layer_.emplace(build_(size));
    layer_->train(is_training());
  }
  void forget() override { layer_.reset(); }

 protected:
  LazyLayer(const char* name, int axes, std::vector<Member> members,
            std::function<Layer(int64_t)> build)
      : name_(name), axes_(axes), members_(std::move(members)), build_(std::move(build)) {}

 private:
  const char* name_;
  int axes_;
  std::vector<Member> members_;
  std::function<Layer(int64_t)> build_;
  std::optional<Layer> layer_;
};

}  // namespace ct::nn
