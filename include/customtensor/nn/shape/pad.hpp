// Padding as layers: ct::pad along the last one, two or three axes.
//
// Amounts are given for both ends of the last axis, then of the one before: left, right, top,
// bottom, front, back; one number stands for all. Negative ones crop.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {

/// What the layers below have in common.
/// Errors: ValueError unless there are two amounts for each axis; those of ct::pad at each call
class CT_API Pad : public Module {
 public:
  Tensor forward(const Tensor& x) override;

 protected:
  Pad(const char* layer, int axes, std::vector<int64_t> amounts, PadMode mode, double value = 0.0);

 private:
  std::vector<int64_t> amounts_;
  PadMode mode_;
  double value_;
};

/// Pads the last axis with a value.
class CT_API ConstantPad1d : public Pad {
 public:
  ConstantPad1d(int64_t amount, double value)
      : Pad("ConstantPad1d", 1, std::vector<int64_t>(2, amount), PadMode::constant, value) {}
  ConstantPad1d(std::initializer_list<int64_t> amounts, double value)
      : Pad("ConstantPad1d", 1, amounts, PadMode::constant, value) {}
};
/// Pads the last 2 axes with a value.
class CT_API ConstantPad2d : public Pad {
 public:
  ConstantPad2d(int64_t amount, double value)
      : Pad("ConstantPad2d", 2, std::vector<int64_t>(4, amount), PadMode::constant, value) {}
  ConstantPad2d(std::initializer_list<int64_t> amounts, double value)
      : Pad("ConstantPad2d", 2, amounts, PadMode::constant, value) {}
};
/// Pads the last 3 axes with a value.
class CT_API ConstantPad3d : public Pad {
 public:
  ConstantPad3d(int64_t amount, double value)
      : Pad("ConstantPad3d", 3, std::vector<int64_t>(6, amount), PadMode::constant, value) {}
  ConstantPad3d(std::initializer_list<int64_t> amounts, double value)
      : Pad("ConstantPad3d", 3, amounts, PadMode::constant, value) {}
};
/// Pads the last axis with 0.
class CT_API ZeroPad1d : public Pad {
 public:
  explicit ZeroPad1d(int64_t amount)
      : Pad("ZeroPad1d", 1, std::vector<int64_t>(2, amount), PadMode::constant) {}
  explicit ZeroPad1d(std::initializer_list<int64_t> amounts)
      : Pad("ZeroPad1d", 1, amounts, PadMode::constant) {}
};
/// Pads the last 2 axes with 0.
class CT_API ZeroPad2d : public Pad {
 public:
  explicit ZeroPad2d(int64_t amount)
      : Pad("ZeroPad2d", 2, std::vector<int64_t>(4, amount), PadMode::constant) {}
  explicit ZeroPad2d(std::initializer_list<int64_t> amounts)
      : Pad("ZeroPad2d", 2, amounts, PadMode::constant) {}
};
/// Pads the last 3 axes with 0.
class CT_API ZeroPad3d : public Pad {
 public:
  explicit ZeroPad3d(int64_t amount)
      : Pad("ZeroPad3d", 3, std::vector<int64_t>(6, amount), PadMode::constant) {}
  explicit ZeroPad3d(std::initializer_list<int64_t> amounts)
      : Pad("ZeroPad3d", 3, amounts, PadMode::constant) {}
};
/// Pads the last axis with what is inside, mirrored at the edge: 3 2 [1 2 3] 2 1.
class CT_API ReflectionPad1d : public Pad {
 public:
  explicit ReflectionPad1d(int64_t amount)
      : Pad("ReflectionPad1d", 1, std::vector<int64_t>(2, amount), PadMode::reflect) {}
  explicit ReflectionPad1d(std::initializer_list<int64_t> amounts)
      : Pad("ReflectionPad1d", 1, amounts, PadMode::reflect) {}
};
/// Pads the last 2 axes with what is inside, mirrored at the edge: 3 2 [1 2 3] 2 1.
class CT_API ReflectionPad2d : public Pad {
 public:
  explicit ReflectionPad2d(int64_t amount)
      : Pad("ReflectionPad2d", 2, std::vector<int64_t>(4, amount), PadMode::reflect) {}
  explicit ReflectionPad2d(std::initializer_list<int64_t> amounts)
      : Pad("ReflectionPad2d", 2, amounts, PadMode::reflect) {}
};
/// Pads the last 3 axes with what is inside, mirrored at the edge: 3 2 [1 2 3] 2 1.
class CT_API ReflectionPad3d : public Pad {
 public:
  explicit ReflectionPad3d(int64_t amount)
      : Pad("ReflectionPad3d", 3, std::vector<int64_t>(6, amount), PadMode::reflect) {}
  explicit ReflectionPad3d(std::initializer_list<int64_t> amounts)
      : Pad("ReflectionPad3d", 3, amounts, PadMode::reflect) {}
};
/// Pads the last axis with the edge: 1 1 [1 2 3] 3 3.
class CT_API ReplicationPad1d : public Pad {
 public:
  explicit ReplicationPad1d(int64_t amount)
      : Pad("ReplicationPad1d", 1, std::vector<int64_t>(2, amount), PadMode::replicate) {}
  explicit ReplicationPad1d(std::initializer_list<int64_t> amounts)
      : Pad("ReplicationPad1d", 1, amounts, PadMode::replicate) {}
};
/// Pads the last 2 axes with the edge: 1 1 [1 2 3] 3 3.
class CT_API ReplicationPad2d : public Pad {
 public:
  explicit ReplicationPad2d(int64_t amount)
      : Pad("ReplicationPad2d", 2, std::vector<int64_t>(4, amount), PadMode::replicate) {}
  explicit ReplicationPad2d(std::initializer_list<int64_t> amounts)
      : Pad("ReplicationPad2d", 2, amounts, PadMode::replicate) {}
};
/// Pads the last 3 axes with the edge: 1 1 [1 2 3] 3 3.
class CT_API ReplicationPad3d : public Pad {
 public:
  explicit ReplicationPad3d(int64_t amount)
      : Pad("ReplicationPad3d", 3, std::vector<int64_t>(6, amount), PadMode::replicate) {}
  explicit ReplicationPad3d(std::initializer_list<int64_t> amounts)
      : Pad("ReplicationPad3d", 3, amounts, PadMode::replicate) {}
};
/// Pads the last axis with the other end: 2 3 [1 2 3] 1 2.
class CT_API CircularPad1d : public Pad {
 public:
  explicit CircularPad1d(int64_t amount)
      : Pad("CircularPad1d", 1, std::vector<int64_t>(2, amount), PadMode::circular) {}
  explicit CircularPad1d(std::initializer_list<int64_t> amounts)
      : Pad("CircularPad1d", 1, amounts, PadMode::circular) {}
};
/// Pads the last 2 axes with the other end: 2 3 [1 2 3] 1 2.
class CT_API CircularPad2d : public Pad {
 public:
  explicit CircularPad2d(int64_t amount)
      : Pad("CircularPad2d", 2, std::vector<int64_t>(4, amount), PadMode::circular) {}
  explicit CircularPad2d(std::initializer_list<int64_t> amounts)
      : Pad("CircularPad2d", 2, amounts, PadMode::circular) {}
};
/// Pads the last 3 axes with the other end: 2 3 [1 2 3] 1 2.
class CT_API CircularPad3d : public Pad {
 public:
  explicit CircularPad3d(int64_t amount)
      : Pad("CircularPad3d", 3, std::vector<int64_t>(6, amount), PadMode::circular) {}
  explicit CircularPad3d(std::initializer_list<int64_t> amounts)
      : Pad("CircularPad3d", 3, amounts, PadMode::circular) {}
};

}  // namespace ct::nn
