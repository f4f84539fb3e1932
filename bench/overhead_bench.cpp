// What an op costs beside its arithmetic, with Google Benchmark. Aims: an addition of eight
// elements under 200 ns with recording, a training step of a tiny MLP under 30 µs, on one core.
#include <benchmark/benchmark.h>

#include "customtensor/customtensor.hpp"

namespace {

using ct::Tensor;

void add_8(benchmark::State& state) {
  ct::NoGradGuard off;
  const Tensor a = ct::ones({8}), b = ct::ones({8});
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(add_8);

// One leaf's result dies before the next is made, as in a loop over batches.
void add_8_recorded(benchmark::State& state) {
  const Tensor a = ct::ones({8}, {.requires_grad = true}), b = ct::ones({8});
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(add_8_recorded);

void add_8_both_recorded(benchmark::State& state) {
  const Tensor a = ct::ones({8}, {.requires_grad = true});
  const Tensor b = ct::ones({8}, {.requires_grad = true});
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(add_8_both_recorded);

void add_8_scalar(benchmark::State& state) {
  ct::NoGradGuard off;
  const Tensor a = ct::ones({8});
  for (auto _ : state) benchmark::DoNotOptimize(a + 2.0);
}
BENCHMARK(add_8_scalar);

void add_8_in_place(benchmark::State& state) {
  ct::NoGradGuard off;
  Tensor a = ct::ones({8});
  const Tensor b = ct::zeros({8});
  for (auto _ : state) a += b;
}
BENCHMARK(add_8_in_place);

void add_8_broadcast(benchmark::State& state) {
  ct::NoGradGuard off;
  const Tensor a = ct::ones({8, 1}), b = ct::ones({8});
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(add_8_broadcast);

void relu_8_recorded(benchmark::State& state) {
  const Tensor a = ct::ones({8}, {.requires_grad = true});
  for (auto _ : state) benchmark::DoNotOptimize(ct::relu(a));
}
BENCHMARK(relu_8_recorded);

void sum_8(benchmark::State& state) {
  ct::NoGradGuard off;
  const Tensor a = ct::ones({8});
  for (auto _ : state) benchmark::DoNotOptimize(a.sum());
}
BENCHMARK(sum_8);

void matmul_8(benchmark::State& state) {
  ct::NoGradGuard off;
  const Tensor a = ct::ones({8, 8}), b = ct::ones({8, 8});
  for (auto _ : state) benchmark::DoNotOptimize(ct::matmul(a, b));
}
BENCHMARK(matmul_8);

void view_8(benchmark::State& state) {
  ct::NoGradGuard off;
  const Tensor a = ct::ones({8});
  for (auto _ : state) benchmark::DoNotOptimize(a.reshape({2, 4}));
}
BENCHMARK(view_8);

void empty_8(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ct::empty({8}));
}
BENCHMARK(empty_8);

// A hundred additions and their backward; divide by 100 for one op.
void chain_100_forward(benchmark::State& state) {
  const Tensor x = ct::ones({8}, {.requires_grad = true});
  const Tensor b = ct::ones({8}, {.requires_grad = true});
  for (auto _ : state) {
    Tensor y = x;
    for (int i = 0; i < 100; ++i) y = y + b;
    benchmark::DoNotOptimize(y);
  }
}
BENCHMARK(chain_100_forward);

void chain_100_backward(benchmark::State& state) {
  Tensor x = ct::ones({8}, {.requires_grad = true});
  Tensor b = ct::ones({8}, {.requires_grad = true});
  for (auto _ : state) {
    x.set_grad(Tensor());
    b.set_grad(Tensor());
    Tensor y = x;
    for (int i = 0; i < 100; ++i) y = y + b;
    y.sum().backward();
  }
}
BENCHMARK(chain_100_backward);

// x[32,16] through 16-32-32-4: forward, cross entropy, backward, SGD.
void tiny_mlp_step(benchmark::State& state) {
  ct::manual_seed(0);
  ct::nn::Sequential model{ct::nn::Linear(16, 32), ct::nn::ReLU(), ct::nn::Linear(32, 32),
                           ct::nn::ReLU(), ct::nn::Linear(32, 4)};
  ct::optim::SGD optimizer(model.parameters(), {.lr = 0.01});
  const Tensor x = ct::randn({32, 16}), targets = ct::randint(0, 4, {32});
  for (auto _ : state) {
    optimizer.zero_grad();
    ct::cross_entropy(model(x), targets).backward();
    optimizer.step();
  }
}
BENCHMARK(tiny_mlp_step)->Unit(benchmark::kMicrosecond);

void tiny_mlp_forward(benchmark::State& state) {
  ct::NoGradGuard off;
  ct::manual_seed(0);
  ct::nn::Sequential model{ct::nn::Linear(16, 32), ct::nn::ReLU(), ct::nn::Linear(32, 32),
                           ct::nn::ReLU(), ct::nn::Linear(32, 4)};
  const Tensor x = ct::randn({32, 16});
  for (auto _ : state) benchmark::DoNotOptimize(model(x));
}
BENCHMARK(tiny_mlp_forward)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
