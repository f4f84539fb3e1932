// The README's example, which check_readme.py compares with this file.
#include <customtensor/customtensor.hpp>
#include <iostream>

int main() {
  ct::manual_seed(0);
  auto x = ct::randn({512, 2});
  auto inside = (x.square().sum(1) < 1.0).to(ct::int64);  // of the unit circle: 1, else 0

  ct::nn::Sequential model{ct::nn::Linear(2, 32), ct::nn::Tanh(), ct::nn::Linear(32, 2)};
  ct::optim::Adam optimizer(model.parameters(), {.lr = 0.01});
  for (int step = 1; step <= 300; ++step) {
    optimizer.zero_grad();
    auto loss = ct::cross_entropy(model(x), inside);
    loss.backward();
    optimizer.step();
    if (step % 100 == 0) std::cout << "step " << step << ", loss " << loss.item<float>() << '\n';
  }
  ct::NoGradGuard off;
  auto correct = (model(x).argmax(1) == inside).to(ct::float32).mean();
  std::cout << "accuracy " << correct.item<float>() << '\n';
}
