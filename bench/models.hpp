// The networks of the whole-step cases, written once with the layers of either library. Parameters
// are overwritten with the same values on both sides.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "case.hpp"

namespace bench {

/// Appends a layer's parameters; those of a linear or convolution layer get uniform values of
/// variance 2 / fan_in (Kaiming). Weights of a normalisation, which are ones, stay so.
template <class Layer>
void adopt(Layer& layer, Tensors& parameters, bool initialise = true) {
  for (Tensor& p : lib::parameters(layer)) {
    const bool scale = p.dim() == 1 && lib::to_host(p).front() == 1.f;
    if (initialise && !scale) {
      lib::NoGrad off;
      const int64_t fan_in = p.dim() > 1 ? p.numel() / p.size(0) : 0;
      const float bound = fan_in > 0 ? std::sqrt(6.f / static_cast<float>(fan_in)) : 0.01f;
      Shape shape;
      for (int64_t axis = 0; axis < p.dim(); ++axis) shape.push_back(p.size(axis));
      p.copy_(uniform(shape, static_cast<uint32_t>(100 + parameters.size()), -bound, bound));
    }
    parameters.push_back(p);
  }
}

struct Mlp {
  lib::Linear fc1, fc2, fc3;
  Mlp(int64_t in, int64_t a, int64_t b, int64_t out)
      : fc1(lib::linear(in, a)), fc2(lib::linear(a, b)), fc3(lib::linear(b, out)) {}
  Tensors parameters() {
    Tensors p;
    adopt(fc1, p);
    adopt(fc2, p);
    adopt(fc3, p);
    return p;
  }
  Tensor operator()(const Tensor& x) { return fc3(relu(fc2(relu(fc1(x))))); }
};

struct LeNet {
  lib::Conv2d conv1 = lib::conv(1, 32, 3, 1, 1, true), conv2 = lib::conv(32, 64, 3, 1, 1, true);
  lib::Linear fc1 = lib::linear(64 * 7 * 7, 128), fc2 = lib::linear(128, 10);
  Tensors parameters() {
    Tensors p;
    adopt(conv1, p);
    adopt(conv2, p);
    adopt(fc1, p);
    adopt(fc2, p);
    return p;
  }
  Tensor operator()(const Tensor& x) {
    Tensor h = max_pool2d(relu(conv1(x)), 2);
    h = max_pool2d(relu(conv2(h)), 2).flatten(1);
    return fc2(relu(fc1(h)));
  }
};

/// The encoder, the mean over positions and a classifier.
struct SequenceClassifier {
  lib::TransformerEncoder encoder;
  lib::Linear fc;
  SequenceClassifier(int64_t width, int64_t heads, int64_t forward, int64_t layers, int64_t classes)
      : encoder(lib::transformer_encoder(width, heads, forward, layers)),
        fc(lib::linear(width, classes)) {}
  Tensors parameters() {
    Tensors p;
    adopt(encoder, p);
    adopt(fc, p);
    return p;
  }
  Tensor operator()(const Tensor& x) { return fc(lib::mean(encoder(x), 1)); }
};

/// Two 3x3 convolutions around a shortcut. Source: arXiv:1512.03385.
struct BasicBlock {
  lib::Conv2d conv1, conv2;
  lib::BatchNorm2d bn1, bn2;
  bool project;
  std::unique_ptr<lib::Conv2d> shortcut;
  std::unique_ptr<lib::BatchNorm2d> shortcut_bn;

  BasicBlock(int64_t in, int64_t out, int64_t stride)
      : conv1(lib::conv(in, out, 3, stride, 1, false)),
        conv2(lib::conv(out, out, 3, 1, 1, false)),
        bn1(out),
        bn2(out),
        project(stride != 1 || in != out) {
    if (project) {
      shortcut = std::make_unique<lib::Conv2d>(lib::conv(in, out, 1, stride, 0, false));
      shortcut_bn = std::make_unique<lib::BatchNorm2d>(out);
    }
  }
  void collect(Tensors& p) {
    adopt(conv1, p);
    adopt(bn1, p, false);
    adopt(conv2, p);
    adopt(bn2, p, false);
    if (project) {
      adopt(*shortcut, p);
      adopt(*shortcut_bn, p, false);
    }
  }
  Tensor operator()(const Tensor& x) {
    Tensor h = bn2(conv2(relu(bn1(conv1(x)))));
    return relu(h + (project ? (*shortcut_bn)((*shortcut)(x)) : x));
  }
};

/// ResNet-18 with the 3x3 stem for 32x32 images.
struct ResNet18 {
  lib::Conv2d stem = lib::conv(3, 64, 3, 1, 1, false);
  lib::BatchNorm2d bn{64};
  std::vector<std::unique_ptr<BasicBlock>> blocks;
  lib::Linear fc = lib::linear(512, 10);

  ResNet18() {
    int64_t in = 64;
    for (int64_t out : {64, 128, 256, 512}) {
      blocks.push_back(std::make_unique<BasicBlock>(in, out, out == 64 ? 1 : 2));
      blocks.push_back(std::make_unique<BasicBlock>(out, out, 1));
      in = out;
    }
  }
  Tensors parameters() {
    Tensors p;
    adopt(stem, p);
    adopt(bn, p, false);
    for (auto& block : blocks) block->collect(p);
    adopt(fc, p);
    return p;
  }
  Tensor operator()(const Tensor& x) {
    Tensor h = relu(bn(stem(x)));
    for (auto& block : blocks) h = (*block)(h);
    return fc(lib::global_avg_pool2d(h).flatten(1));
  }
  /// Arithmetic of one forward pass for an image.
  static double flops() {
    const auto conv = [](double in, double out, double kernel, double size) {
      return 2 * in * out * kernel * kernel * size * size;
    };
    double total = conv(3, 64, 3, 32) + 4 * conv(64, 64, 3, 32) + 2 * 512 * 10;
    double size = 16;
    for (double c : {128.0, 256.0, 512.0}) {
      total += conv(c / 2, c, 3, size) + 3 * conv(c, c, 3, size) + conv(c / 2, c, 1, size);
      size /= 2;
    }
    return total;
  }
};

}  // namespace bench
