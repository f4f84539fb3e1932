// Fits y = 3 a - 2 b + 1 from the installed library alone: exit 0 if the loss fell as it should.
#include <customtensor/customtensor.hpp>
#include <iostream>

int main() {
  ct::manual_seed(0);
  const auto x = ct::randn({64, 2});
  const auto y = ct::matmul(x, ct::tensor({{3.f}, {-2.f}})) + 1;
  ct::nn::Linear model(2, 1);
  ct::optim::SGD optimizer(model.parameters(), {.lr = 0.1});
  float first = 0, last = 0;
  for (int step = 0; step < 100; ++step) {
    optimizer.zero_grad();
    const auto loss = ct::mse_loss(model(x), y);
    loss.backward();
    optimizer.step();
    last = loss.item<float>();
    if (step == 0) first = last;
  }
  std::cout << "loss " << first << " -> " << last << '\n';
  return last < 1e-4f * first ? 0 : 1;
}
