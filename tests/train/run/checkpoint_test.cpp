// checkpoint.safetensors of any task, and those that classification wrote before figures had names.
#include "customtensor/train/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "customtensor/io.hpp"
#include "support/folder_test.hpp"
#include "train/loop/tasks.hpp"

namespace ct::train {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

class CheckpointTest : public test::FolderTest {
 protected:
  std::filesystem::path path_ = folder_ / "checkpoint.safetensors";
};

LoopState some_state() {
  return {.epoch = 3,
          .step = 7,
          .total_steps = 67,
          .epoch_figures = {{"loss_d", 0.1, 56}, {"loss_g", 1e-300, 24}},
          .window_figures = {{"loss_d", 1.0 / 3, 8}, {"loss_g", 0, 0}},
          .window_seconds = 0.25,
          .epoch_seconds = 1.5,
          .train_seconds = 20,
          .seconds = 30,
          .last_train = {{"loss_d", 2, 3}},
          .last_test = {{"fid", INFINITY, 1}, {"kid", -INFINITY, 1}},
          .random = {18446744073709551615ULL, 5},
          .generators = {{"noise", {11, 12}}},
          .lr = {1e-3, 0.1},
          .best = {.epoch = 2, .value = 0.7, .patience_epoch = 1, .patience_value = 0.8}};
}

TEST_F(CheckpointTest, ReadsBackToTheLastBit) {
  const LoopState state = some_state();
  save_checkpoint(path_, "gan",
                  {.config = R"({"latent":3})",
                   .state = state,
                   .extra = R"({"latent_seed":4})",
                   .metrics_lines = 9,
                   .tensors = {{"generator.weight", ones({2})}}});
  const Checkpoint back = load_checkpoint(path_, "gan");
  EXPECT_EQ(back.config, R"({"latent":3})");
  EXPECT_EQ(nlohmann::json::parse(back.extra).at("latent_seed"), 4);
  EXPECT_EQ(back.metrics_lines, 9);
  EXPECT_EQ(back.tensors.at("generator.weight").to_vector<float>(), std::vector<float>(2, 1.0F));
  const LoopState& s = back.state;
  EXPECT_EQ(s.epoch, state.epoch);
  EXPECT_EQ(s.step, state.step);
  EXPECT_EQ(s.total_steps, state.total_steps);
  EXPECT_EQ(s.epoch_figures, state.epoch_figures);
  EXPECT_EQ(s.window_figures, state.window_figures);
  EXPECT_EQ(s.window_seconds, state.window_seconds);
  EXPECT_EQ(s.epoch_seconds, state.epoch_seconds);
  EXPECT_EQ(s.train_seconds, state.train_seconds);
  EXPECT_EQ(s.seconds, state.seconds);
  EXPECT_EQ(s.last_train, state.last_train);
  EXPECT_EQ(s.last_test, state.last_test);
  EXPECT_EQ(s.random.seed, state.random.seed);
  EXPECT_EQ(s.random.offset, state.random.offset);
  ASSERT_EQ(s.generators.size(), 1U);
  EXPECT_EQ(s.generators[0].first, "noise");
  EXPECT_EQ(s.generators[0].second.offset, 12U);
  EXPECT_EQ(s.lr, state.lr);
  EXPECT_EQ(s.best, state.best);
}

TEST_F(CheckpointTest, AFigureThatIsNoNumberDoesNotDamageIt) {
  save_checkpoint(path_, "gan", {.state = {.last_test = {{"loss", NAN, 1}}}});
  EXPECT_TRUE(std::isnan(load_checkpoint(path_, "gan").state.last_test.mean("loss", 0)));
}

TEST_F(CheckpointTest, ReadsWhatClassificationWroteBeforeFiguresHadNames) {
  io::save_safetensors(
      path_, {{"model.fc.weight", ones({2})}},
      {{"format", "customtensor-classify-1"},
       {"config", "{}"},
       {"state",
        R"({"epoch":0,"step":4,"total_steps":4,"epoch_sums":[589.1116943359375,35.0,256.0],)"
        R"("window_sums":[0.0,0.0,0.0],"window_seconds":0.000156463,"epoch_seconds":0.55,)"
        R"("train_seconds":0.555,"seconds":0.577756485,"last_train":[1.5,1.0,2.0],)"
        R"("last_test":[0.0,0.0,0.0],"random_seed":3,"random_offset":210821,)"
        R"("image":[1,28,28,10],"train_images":320,"test_images":32,"metrics_lines":1})"}});
  const Checkpoint back = load_checkpoint(path_, "classify");
  const LoopState& s = back.state;
  EXPECT_EQ(s.step, 4);
  EXPECT_EQ(s.epoch_figures, (Figures{{"loss", 589.1116943359375, 256}, {"accuracy", 35, 256}}));
  EXPECT_EQ(s.window_figures, (Figures{{"loss", 0, 0}, {"accuracy", 0, 0}}));
  EXPECT_EQ(s.last_train, (Figures{{"loss", 1.5, 2}, {"accuracy", 1, 2}}));
  EXPECT_EQ(s.seconds, 0.577756485);
  EXPECT_EQ(s.random.seed, 3U);
  EXPECT_EQ(s.random.offset, 210821U);
  EXPECT_TRUE(s.lr.empty());
  EXPECT_EQ(s.best, BestState());
  EXPECT_EQ(back.metrics_lines, 1);
  EXPECT_EQ(nlohmann::json::parse(back.extra).at("train_images"), 320);
}

TEST_F(CheckpointTest, IsOfOneTask) {
  save_checkpoint(path_, "gan", {});
  EXPECT_EQ(said<IoError>([&] { load_checkpoint(path_, "vae"); }),
            "checkpoint: DIR/checkpoint.safetensors is no checkpoint of ct-train vae: format is "
            "\"customtensor-gan-1\", not \"customtensor-vae-1\"");
}

TEST_F(CheckpointTest, SaysWhatItCannotKeep) {
  EXPECT_EQ(said<ValueError>([&] { save_checkpoint(path_, "gan", {.extra = "[1]"}); }),
            "checkpoint: what the task keeps is no JSON object: [1]");
  EXPECT_EQ(said<ValueError>([&] { save_checkpoint(path_, "gan", {.extra = R"({"lr":1})"}); }),
            "checkpoint: the task's \"lr\" is a field of the loop: give it another name");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace ct::train
