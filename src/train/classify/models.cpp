// The classifiers by name.
#include "customtensor/train/models.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "train/choice/table.hpp"

namespace ct::train {

namespace {

nn::Conv2d conv3x3(int64_t in, int64_t out, int64_t stride = 1, bool bias = true) {
  return nn::Conv2d(in, out, 3, {.stride = stride, .padding = 1, .bias = bias});
}

}  // namespace

Mlp::Mlp(const ImageShape& image)
    : fc1_(image.channels * image.height * image.width, 512),
      fc2_(512, 256),
      fc3_(256, image.classes) {}

void Mlp::members(nn::Members& m) {
  m("fc1", fc1_);
  m("fc2", fc2_);
  m("fc3", fc3_);
}

Tensor Mlp::forward(const Tensor& x) { return fc3_(relu(fc2_(relu(fc1_(x.flatten(1)))))); }

LeNet::LeNet(const ImageShape& image)
    : conv1_(conv3x3(image.channels, 32)),
      conv2_(conv3x3(32, 64)),
      fc1_(64 * (image.height / 4) * (image.width / 4), 128),
      fc2_(128, image.classes) {}

void LeNet::members(nn::Members& m) {
  m("conv1", conv1_);
  m("conv2", conv2_);
  m("fc1", fc1_);
  m("fc2", fc2_);
}

Tensor LeNet::forward(const Tensor& x) {
  Tensor h = max_pool2d(relu(conv1_(x)), 2);
  h = max_pool2d(relu(conv2_(h)), 2).flatten(1);
  return fc2_(relu(fc1_(h)));
}

BasicBlock::BasicBlock(int64_t in, int64_t out, int64_t stride)
    : conv1_(conv3x3(in, out, stride, false)),
      conv2_(conv3x3(out, out, 1, false)),
      bn1_(out),
      bn2_(out) {
  if (stride != 1 || in != out) {
    shortcut_conv_.emplace(in, out, 1, nn::Conv2dOptions{.stride = stride, .bias = false});
    shortcut_bn_.emplace(out);
  }
}

void BasicBlock::members(nn::Members& m) {
  m("conv1", conv1_);
  m("bn1", bn1_);
  m("conv2", conv2_);
  m("bn2", bn2_);
  if (shortcut_conv_) {
    m("shortcut_conv", *shortcut_conv_);
    m("shortcut_bn", *shortcut_bn_);
  }
}

Tensor BasicBlock::forward(const Tensor& x) {
  const Tensor h = bn2_(conv2_(relu(bn1_(conv1_(x)))));
  return relu(h + (shortcut_conv_ ? (*shortcut_bn_)((*shortcut_conv_)(x)) : x));
}

ResNet18::ResNet18(const ImageShape& image)
    : conv_(conv3x3(image.channels, 64, 1, false)), bn_(64), fc_(512, image.classes) {
  int64_t in = 64;
  for (const int64_t out : {64, 128, 256, 512}) {
    blocks_.emplace_back(in, out, out == 64 ? 1 : 2);
    blocks_.emplace_back(out, out, 1);
    in = out;
  }
}

void ResNet18::members(nn::Members& m) {
  m("conv", conv_);
  m("bn", bn_);
  m("blocks", blocks_);
  m("fc", fc_);
}

Tensor ResNet18::forward(const Tensor& x) {
  Tensor h = relu(bn_(conv_(x)));
  for (auto& block : blocks_) h = block(h);
  return fc_(global_avg_pool2d(h).flatten(1));
}

namespace {

using Made = std::unique_ptr<nn::Module>;
using Make = Made (*)(const ImageShape&);

template <class Model>
Made make(const ImageShape& image) {
  return std::make_unique<Model>(image);
}

Made make_cnn(const ImageShape& image) {
  if (image.height < 4 || image.width < 4) {
    throw ValueError(fmt::format("make_classifier: cnn needs pictures of 4x4 or more, got {}x{}",
                                 image.width, image.height));
  }
  return make<LeNet>(image);
}

constexpr Choice<Make> kClassifiers[] = {
    {"mlp", make<Mlp>}, {"cnn", make_cnn}, {"resnet18", make<ResNet18>}};

}  // namespace

std::vector<std::string> classifier_names() { return names_of(kClassifiers); }

std::unique_ptr<nn::Module> make_classifier(std::string_view name, const ImageShape& image) {
  const Make* make = find_choice(kClassifiers, name);
  if (make == nullptr) {
    throw ValueError(fmt::format("make_classifier: there is no model \"{}\"; use one of {}", name,
                                 fmt::join(classifier_names(), ", ")));
  }
  return (*make)(image);
}

}  // namespace ct::train
