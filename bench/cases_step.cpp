// Whole training steps: zero the gradients, forward, cross entropy, backward, optimizer. What
// both libraries must agree on: gradients of the first and last layer in the first step, and the
// losses of the first steps.
#include "models.hpp"

namespace bench {
namespace {

template <class Model, class MakeOptimizer>
Prepared training(std::shared_ptr<Model> model, MakeOptimizer make, Tensor x, Tensor targets,
                  int checked_steps) {
  const Tensors parameters = model->parameters();
  auto optimizer = make(parameters);
  auto step = [=] {
    optimizer->zero_grad();
    Tensor loss = lib::cross_entropy((*model)(x), targets);
    loss.backward();
    optimizer->step();
    return loss;
  };
  auto outputs = [=] {
    Tensors result;
    std::vector<float> losses{lib::to_host(step()).front()};
    for (const Tensor& p : {parameters.front(), parameters.back()}) {
      result.push_back(p.grad().clone());
    }
    while (static_cast<int>(losses.size()) < checked_steps) {
      losses.push_back(lib::to_host(step()).front());
    }
    result.push_back(lib::from_host(losses, {checked_steps}));
    return result;
  };
  return {[step] { lib::keep(step()); }, outputs};
}

// Forward, weight gradients, and input gradients of all layers but the first.
double mlp_flops(double batch, double in, double a, double b, double out) {
  return 2 * batch * (2 * in * a + 3 * (a * b + b * out));
}

double encoder_flops(double batch, double length, double width, double forward, double layers) {
  return 2 * batch * layers * length * width * (4 * width + 2 * forward + 2 * length);
}

auto adam(double lr) {
  return [lr](const Tensors& p) { return lib::adam(p, lr); };
}

}  // namespace

void add_step_cases(Cases& cases) {
  cases.push_back({.name = "step_mlp_tiny_b32",
                   .what = "x[32,16], 16-32-32-4 ReLU, cross entropy, SGD 0.01",
                   .flops = mlp_flops(32, 16, 32, 32, 4),
                   .prepare =
                       [] {
                         return training(
                             std::make_shared<Mlp>(16, 32, 32, 4),
                             [](const Tensors& p) { return lib::sgd(p, 0.01, 0); },
                             uniform({32, 16}, 1), labels(32, 4, 2), 10);
                       },
                   .tolerance = 1e-4});
  cases.push_back({.name = "step_mlp_b128",
                   .what = "x[128,784], 784-512-256-10 ReLU, cross entropy, Adam 1e-3",
                   .flops = mlp_flops(128, 784, 512, 256, 10),
                   .prepare =
                       [] {
                         return training(std::make_shared<Mlp>(784, 512, 256, 10), adam(1e-3),
                                         uniform({128, 784}, 1), labels(128, 10, 2), 5);
                       },
                   .tolerance = 2e-3});
  cases.push_back(
      {.name = "step_lenet_b64",
       .what = "x[64,1,28,28], conv32 conv64 3x3 with pools, fc128, fc10, Adam 1e-3",
       .flops = 2.0 * 64 * (2 * 9 * 32 * 784.0 + 3 * (9 * 32 * 64 * 196.0 + 3136 * 128.0 + 1280)),
       .prepare =
           [] {
             return training(std::make_shared<LeNet>(), adam(1e-3), uniform({64, 1, 28, 28}, 1),
                             labels(64, 10, 2), 4);
           },
       .tolerance = 5e-3});
  cases.push_back({.name = "step_resnet18_cifar_b32",
                   .what = "x[32,3,32,32], 3x3 stem, [2,2,2,2] blocks 64..512, Adam 1e-3",
                   .flops = 3 * 32 * ResNet18::flops(),
                   .prepare =
                       [] {
                         return training(std::make_shared<ResNet18>(), adam(1e-3),
                                         uniform({32, 3, 32, 32}, 1), labels(32, 10, 2), 2);
                       },
                   .tolerance = 2e-2});  // Adam's first steps have the size of lr whatever the
                                         // gradient's, so rounding near zero flips their sign
  cases.push_back(
      {.name = "step_transformer_b8_l128",
       .what = "x[8,128,256], 4 encoder layers, 8 heads, feed-forward 1024, no dropout, AdamW 1e-3",
       .flops = 3 * encoder_flops(8, 128, 256, 1024, 4),
       .prepare =
           [] {
             return training(
                 std::make_shared<SequenceClassifier>(256, 8, 1024, 4, 10),
                 [](const Tensors& p) { return lib::adamw(p, 1e-3); }, uniform({8, 128, 256}, 1),
                 labels(8, 10, 2), 2);
           },
       .tolerance = 2e-2});  // as above
}

}  // namespace bench
