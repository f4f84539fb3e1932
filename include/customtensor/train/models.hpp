// The classifiers that ct-train knows by name, for pictures of any size, channels and classes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/nn.hpp"

namespace ct::train {

/// What a classifier sees and tells apart.
struct ImageShape {
  int64_t channels = 1, height = 28, width = 28;
  int64_t classes = 10;

  friend bool operator==(const ImageShape&, const ImageShape&) = default;
};

/// pixels - 512 - 256 - classes, ReLU between. Shapes: (n, c, h, w) -> (n, classes)
class CT_API Mlp : public nn::Module {
 public:
  explicit Mlp(const ImageShape& image);
  void members(nn::Members& m) override;
  Tensor forward(const Tensor& x) override;

 private:
  nn::Linear fc1_, fc2_, fc3_;
};

/// Two 3x3 convolutions of 32 and 64 filters, each with ReLU and 2x2 max pooling, then 128 -
/// classes. Shapes: (n, c, h, w), h and w at least 4 -> (n, classes)
class CT_API LeNet : public nn::Module {
 public:
  explicit LeNet(const ImageShape& image);
  void members(nn::Members& m) override;
  Tensor forward(const Tensor& x) override;

 private:
  nn::Conv2d conv1_, conv2_;
  nn::Linear fc1_, fc2_;
};

/// Two 3x3 convolutions around which the input is added; a 1x1 convolution fits it to another size.
/// Source: arXiv:1512.03385
class CT_API BasicBlock : public nn::Module {
 public:
  BasicBlock(int64_t in_channels, int64_t out_channels, int64_t stride);
  void members(nn::Members& m) override;
  Tensor forward(const Tensor& x) override;

 private:
  nn::Conv2d conv1_, conv2_;
  nn::BatchNorm2d bn1_, bn2_;
  std::optional<nn::Conv2d> shortcut_conv_;  ///< none: the input is added as it is
  std::optional<nn::BatchNorm2d> shortcut_bn_;
};

/// ResNet-18 with the stem for small pictures (one 3x3 convolution): four stages of two blocks, 64,
/// 128, 256, 512 channels, mean over the plane, classes.
class CT_API ResNet18 : public nn::Module {
 public:
  explicit ResNet18(const ImageShape& image);
  void members(nn::Members& m) override;
  Tensor forward(const Tensor& x) override;

 private:
  nn::Conv2d conv_;
  nn::BatchNorm2d bn_;
  std::vector<BasicBlock> blocks_;
  nn::Linear fc_;
};

/// The words that make_classifier knows: "mlp", "cnn", "resnet18".
CT_API std::vector<std::string> classifier_names();

/// A new model with weights from the default random stream.
/// Errors: ValueError for another name, listing those there are, or a picture too small for it.
CT_API std::unique_ptr<nn::Module> make_classifier(std::string_view name, const ImageShape& image);

}  // namespace ct::train
