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

using ::testing::HasSubstr;
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

/// The file of some_state() with this change to its text.
class DamagedCheckpoint : public CheckpointTest {
 protected:
  void SetUp() override {
    save_checkpoint(path_, "gan",
                    {.config = R"({"latent":3})",
                     .state = some_state(),
                     .extra = R"({"latent_seed":4})",
                     .metrics_lines = 9,
                     .tensors = {{"generator.weight", arange(6)}, {"flag", tensor({true})}}});
    whole_ = test::read_file(path_);
  }
  std::string said_of(const std::string& bytes) {
    test::write_file(path_, bytes);
    return said<IoError>([&] { load_checkpoint(path_, "gan"); });
  }
  /// As an older one, without a checksum, whose state has another text in it.
  std::string said_of_state(const std::string& from, const std::string& to) {
    test::write_file(path_, whole_);
    io::Metadata texts;
    const StateDict tensors = io::load_safetensors(path_, &texts);
    texts.erase("checksum");
    std::string& state = texts.at("state");
    const size_t at = state.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    state.replace(at, from.size(), to);
    io::save_safetensors(path_, tensors, texts);
    return said<IoError>([&] { load_checkpoint(path_, "gan"); });
  }

  std::string whole_;
};

TEST_F(DamagedCheckpoint, AnyByteThatIsFlippedIsFound) {
  for (size_t i = 0; i < whole_.size(); ++i) {
    std::string bytes = whole_;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x01);
    test::write_file(path_, bytes);
    EXPECT_THROW(load_checkpoint(path_, "gan"), IoError) << i << ": " << whole_.substr(i, 20);
  }
}

TEST_F(DamagedCheckpoint, SaysThatTheChecksumIsAnother) {
  std::string bytes = whole_;
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  bytes[bytes.size() - 20] = static_cast<char>(bytes[bytes.size() - 20] ^ 0x40);
  EXPECT_THAT(said_of(bytes),
              MatchesRegex("checkpoint: DIR/checkpoint.safetensors is damaged: its checksum is "
                           "crc32:[0-9a-f]{8}, that of its contents crc32:[0-9a-f]{8}"));
}

TEST_F(DamagedCheckpoint, ATextThatIsNotKnownMayBeADamagedName) {
  io::Metadata texts;
  const StateDict tensors = io::load_safetensors(path_, &texts);
  texts["checksun"] = texts.extract("checksum").mapped();
  io::save_safetensors(path_, tensors, texts);
  EXPECT_EQ(
      said<IoError>([&] { load_checkpoint(path_, "gan"); }),
      "checkpoint: DIR/checkpoint.safetensors is damaged: it holds a text \"checksun\" that is "
      "none of a checkpoint's");
}

TEST_F(DamagedCheckpoint, OneWithoutAChecksumIsOlderThanTheyAre) {
  io::Metadata texts;
  const StateDict tensors = io::load_safetensors(path_, &texts);
  EXPECT_THAT(texts.at("checksum"), MatchesRegex("crc32:[0-9a-f]{8}"));
  texts.erase("checksum");
  io::save_safetensors(path_, tensors, texts);
  EXPECT_EQ(load_checkpoint(path_, "gan").state.total_steps, 67);
}

TEST_F(DamagedCheckpoint, EveryFieldOfTheStateHasAKindAndARange) {
  const char* kWhole = "must be a whole number from";
  EXPECT_THAT(said_of_state(R"("epoch":3)", R"("epoch":-3)"),
              HasSubstr("is damaged: epoch is -3: must be a whole number from 0 to"));
  EXPECT_THAT(said_of_state(R"("epoch":3)", R"("epoch":3.0)"), HasSubstr(kWhole));
  EXPECT_THAT(said_of_state(R"("epoch":3)", R"("epoch":true)"), HasSubstr(kWhole));
  EXPECT_THAT(said_of_state(R"("epoch":3)", R"("epoch":99999999999999999999)"), HasSubstr(kWhole));
  EXPECT_THAT(said_of_state(R"("epoch":3)", R"("epoch":3,"epoch":4)"),
              HasSubstr("its state has \"epoch\" twice"));
  EXPECT_THAT(said_of_state(R"("step":7)", R"("step":68)"),
              HasSubstr("step is 68: must be a whole number from 0 to 67"));
  EXPECT_THAT(said_of_state(R"("metrics_lines":9)", R"("metrics_lines":-9)"),
              HasSubstr("metrics_lines is -9"));
  EXPECT_THAT(said_of_state(R"("random_offset":5)", R"("random_offset":-5)"),
              HasSubstr("random_offset is -5"));
  EXPECT_THAT(said_of_state(R"("random_seed":18446744073709551615)",
                            R"("random_seed":18446744073709551616)"),
              HasSubstr("random_seed is 1.8446744073709552e+19"));
  EXPECT_THAT(said_of_state(R"("window_seconds":0.25)", R"("window_seconds":-0.25)"),
              HasSubstr("window_seconds is -0.25: must be a number of 0 or more"));
  EXPECT_THAT(said_of_state(R"("seconds":30.0)", R"("seconds":"long")"), HasSubstr("seconds is"));
  EXPECT_THAT(said_of_state(R"("loss_d":[0.1,56.0])", R"("loss_d":[0.1,-56.0])"),
              HasSubstr("epoch_sums.loss_d[1] is -56: must be a number of 0 or more"));
  EXPECT_THAT(said_of_state(R"("loss_d":[0.1,56.0])", R"("loss_d":[0.1])"),
              HasSubstr("epoch_sums.loss_d: a list of 1 items, not of 2"));
  EXPECT_THAT(said_of_state(R"("loss_d":[0.1,56.0])", R"("step":[0.1,56.0])"),
              HasSubstr("epoch_sums.step: no figure can have that name"));
  EXPECT_THAT(said_of_state(R"("fid":["inf",1.0])", R"("fid":["huge",1.0])"),
              HasSubstr("last_test.fid[0] is \"huge\": must be a number, or \"nan\", \"inf\" or"));
  EXPECT_THAT(said_of_state(R"("lr":[0.001,0.1])", R"("lr":[0.001,-0.1])"), HasSubstr("lr[1] is"));
  EXPECT_THAT(said_of_state(R"("lr":[0.001,0.1])", R"("lr":0.1)"), HasSubstr("must be a list"));
  EXPECT_THAT(said_of_state(R"("best":{"epoch":2)", R"("best":{"epoch":4)"),
              HasSubstr("best.epoch is 4: must be a whole number from 0 to 3"));
  EXPECT_THAT(said_of_state(R"("noise":[11,12])", R"("noise":[11,12,13])"),
              HasSubstr("generators.noise: a list of 3 items, not of 2"));
}

}  // namespace
}  // namespace ct::train
