// The contract's snippet on networks compiles and does what it says, on a small made-up data set.
#include <gtest/gtest.h>

#include <customtensor/customtensor.hpp>
#include <string>

#include "support/idx_bytes.hpp"
#include "support/scratch_folder.hpp"

namespace {

// clang-format off
struct LeNet : ct::nn::Module {
  ct::nn::Conv2d conv1{1, 32, 3, {.padding = 1}}, conv2{32, 64, 3, {.padding = 1}};
  ct::nn::Linear fc1{64 * 7 * 7, 128}, fc2{128, 10};
  void members(ct::nn::Members& m) override {        // names parameters and children; no stored pointers, so modules copy and move
    m("conv1", conv1); m("conv2", conv2); m("fc1", fc1); m("fc2", fc2);
  }
  ct::Tensor forward(const ct::Tensor& x) override {
    auto h = ct::max_pool2d(ct::relu(conv1(x)), 2);
    h = ct::max_pool2d(ct::relu(conv2(h)), 2).flatten(1);
    return fc2(ct::relu(fc1(h)));
  }
};
// clang-format on

// Eight pictures; those of class c have a bright row 3 c.
void write_pictures(const std::filesystem::path& folder) {
  constexpr uint32_t kCount = 8, kSize = 28;
  std::string pixels(kCount * kSize * kSize, '\x10'), labels;
  for (uint32_t i = 0; i < kCount; ++i) {
    labels += static_cast<char>(i % 4);
    for (uint32_t x = 0; x < kSize; ++x) pixels[(i * kSize + 3 * (i % 4)) * kSize + x] = '\xf0';
  }
  ct::test::write_file(folder / "train-images-idx3-ubyte.gz",
                       ct::test::gzip(ct::test::idx_bytes({kCount, kSize, kSize}, pixels)));
  ct::test::write_file(folder / "train-labels-idx1-ubyte", ct::test::idx_bytes({kCount}, labels));
}

TEST(Api, Networks) {
  const ct::test::ScratchFolder scratch;
  const std::string dir = scratch.path().string();
  write_pictures(dir);
  const std::string file = (scratch / "lenet.safetensors").string();
  float last = 0;

  ct::manual_seed(0);
  LeNet model;
  model.to("cpu");
  ct::nn::Sequential mlp{ct::nn::Linear(784, 128), ct::nn::ReLU(), ct::nn::Linear(128, 10)};

  ct::optim::Adam optimizer(model.parameters(), {.lr = 1e-3});
  auto train = ct::data::FashionMnist(dir, ct::data::Split::train);
  ct::data::DataLoader loader(train, {.batch_size = 64, .shuffle = true, .workers = 1});
  for (int epoch = 0; epoch < 10; ++epoch) {
    for (auto& [images, labels] : loader) {
      optimizer.zero_grad();
      auto loss = ct::cross_entropy(model(images.to(model.device())), labels.to(model.device()));
      loss.backward();
      optimizer.step();
      last = loss.item<float>();
    }
  }
  ct::io::save_safetensors(file, model.state_dict());
  model.load_state_dict(ct::io::load_safetensors(file));

  EXPECT_LT(last, 1.0F);  // ln 10 = 2.3 at first
  EXPECT_EQ(model.named_parameters()[0].first, "conv1.weight");
  EXPECT_EQ(mlp(ct::zeros({2, 784})).shape(), (ct::Shape{2, 10}));
}

}  // namespace
