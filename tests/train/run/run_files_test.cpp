// The files of a run that is not classification: a GAN's, killed and resumed.
#include "train/run/run_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "customtensor/io.hpp"
#include "support/folder_test.hpp"
#include "train/loop/tasks.hpp"

namespace ct::train {
namespace {

using test::Gan;
using test::points;
using test::read_file;
using test::Regression;
using ::testing::HasSubstr;
using ::testing::Not;

class RunFilesTest : public test::FolderTest {
 protected:
  /// A session of `task` in DIR/run until `steps` steps are done, or the end.
  template <class Task>
  Ending session(const std::string& run, bool resume, int64_t steps, const LoopOptions& options,
                 const std::function<Figures(Task&, const Loop&)>& evaluation = {}) {
    manual_seed(resume ? 77 : 1);
    Task task;
    Loop loop(task, task.trained(), points(44), options);
    if (evaluation) loop.evaluation = [&] { return evaluation(task, loop); };
    RunFiles files("test", folder_ / run);
    int64_t lines = 0;
    if (resume) {
      const Checkpoint checkpoint = files.read_checkpoint();
      loop.trained().load_state_dict(checkpoint.tensors);
      loop.set_state(checkpoint.state);
      lines = checkpoint.metrics_lines;
    }
    files.prepare(resume, false);
    files.open_metrics(lines);
    files.connect(loop, 3, {}, R"({"task":"a test"})", "{}");
    loop.should_stop = [&] { return loop.total_steps() == steps; };
    return loop.run();
  }

  /// The lines without their times.
  std::string figures(const std::string& run) {
    std::string text;
    std::ifstream in(folder_ / (run + "/metrics.jsonl"));
    for (std::string line; std::getline(in, line);) {
      MetricsRecord record = parse_metrics_record(line);
      record.images_per_second = record.seconds = 0;
      text += to_json(record) + "\n";
    }
    return text;
  }
  /// The tensors of the last checkpoint.
  std::vector<std::pair<std::string, std::vector<double>>> tensors(const std::string& run) {
    std::vector<std::pair<std::string, std::vector<double>>> numbers;
    for (const auto& [name, t] :
         io::load_safetensors(folder_ / (run + "/checkpoint.safetensors"))) {
      numbers.emplace_back(name, t.to_vector<double>());
    }
    return numbers;
  }
};

const LoopOptions kOptions{.epochs = 3, .batch_size = 8, .seed = 2, .log_steps = 4};

TEST_F(RunFilesTest, AGanThatIsKilledWithinAnEpochGoesOnBitForBit) {
  EXPECT_EQ(session<Gan>("whole", false, -1, kOptions), Ending::done);
  // Nothing is saved where it ends: the last checkpoint is that of step 9, within the second epoch,
  // and the line of metrics after step 10 is one too many.
  EXPECT_EQ(session<Gan>("killed", false, 11, kOptions), Ending::stopped);
  EXPECT_EQ(session<Gan>("killed", true, -1, kOptions), Ending::done);
  EXPECT_EQ(tensors("whole"), tensors("killed"));
  EXPECT_EQ(figures("whole"), figures("killed"));
}

TEST_F(RunFilesTest, MetricsHoldTheFiguresOfTheTask) {
  session<Gan>("run", false, -1, kOptions);
  const std::string text = figures("run");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6);
  EXPECT_THAT(text, HasSubstr(R"("split":"train_steps","loss_d":)"));
  EXPECT_THAT(text, HasSubstr(R"(,"loss_g":)"));
  EXPECT_THAT(text, Not(HasSubstr("accuracy")));
}

TEST_F(RunFilesTest, TheCheckpointHoldsBothModelsBehindTheirNames) {
  session<Gan>("run", false, -1, kOptions);
  const auto state = io::load_safetensors(folder_ / "run/checkpoint.safetensors");
  EXPECT_TRUE(state.contains("generator.in.weight"));
  EXPECT_TRUE(state.contains("discriminator.in.weight"));
  EXPECT_TRUE(state.contains("optimizer_g.state.0.exp_avg"));
  EXPECT_TRUE(state.contains("optimizer_d.param_groups.0.momentum"));
}

TEST_F(RunFilesTest, TheBestModelIsKeptAndTheRunEndsEarly) {
  LoopOptions options = kOptions;
  options.epochs = 9;
  options.best = {.figure = "loss", .patience = 2};
  const std::vector<double> losses = {3, 1, 2, 2, 0};
  std::vector<std::vector<float>> weights;
  const auto ending =
      session<Regression>("run", false, -1, options, [&](Regression& task, const Loop& loop) {
        weights.push_back(task.model.weight.to_vector<float>());
        return Figures{{"loss", losses[static_cast<size_t>(loop.state().epoch)], 1}};
      });
  EXPECT_EQ(ending, Ending::stopped_early);
  ASSERT_EQ(weights.size(), 4U);
  const auto best = io::load_safetensors(folder_ / "run/best.safetensors");
  EXPECT_EQ(best.at("weight").to_vector<float>(), weights[1]);
  EXPECT_NE(best.at("weight").to_vector<float>(), weights[3]);
  EXPECT_EQ(load_checkpoint(folder_ / "run/checkpoint.safetensors", "test").state.best.epoch, 2);
}

TEST_F(RunFilesTest, TheBestOfSeveralModelsAreBehindTheirNames) {
  LoopOptions options = kOptions;
  options.best = {.figure = "score", .mode = Mode::max};
  session<Gan>("run", false, -1, options, [](Gan&, const Loop&) {
    return Figures{{"score", 1, 1}};
  });
  const auto best = io::load_safetensors(folder_ / "run/best.safetensors");
  EXPECT_TRUE(best.contains("generator.in.weight"));
  EXPECT_TRUE(best.contains("discriminator.out.bias"));
}

/// Flips a bit in the middle of a file.
void damage(const std::filesystem::path& file) {
  std::string bytes = read_file(file);
  bytes[bytes.size() - 9] = static_cast<char>(bytes[bytes.size() - 9] ^ 4);
  test::write_file(file, bytes);
}

TEST_F(RunFilesTest, TheCheckpointBeforeStandsInForADamagedOne) {
  session<Gan>("whole", false, -1, kOptions);
  session<Gan>("run", false, 11, kOptions);  // checkpoints after steps 6 (with epoch 1) and 9
  damage(folder_ / "run/checkpoint.safetensors");
  RunFiles files("test", folder_ / "run");
  std::vector<std::string> warnings;
  const Checkpoint last =
      files.read_checkpoint([&](const std::string& text) { warnings.push_back(text); });
  EXPECT_EQ(last.state.total_steps, 6);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0], ::testing::MatchesRegex(
                               "checkpoint: .*/run/checkpoint.safetensors is damaged: its checksum "
                               ".*; going on from .*/run/checkpoint.1.safetensors, written before "
                               "it, after step 6"));
  EXPECT_EQ(session<Gan>("run", true, -1, kOptions), Ending::done);
  EXPECT_EQ(tensors("whole"), tensors("run"));
  EXPECT_EQ(figures("whole"), figures("run"));
}

TEST_F(RunFilesTest, ADamagedCheckpointDoesNotTakeThePlaceOfAGoodOne) {
  session<Gan>("run", false, 11, kOptions);
  damage(folder_ / "run/checkpoint.safetensors");
  session<Gan>("run", true, 9, kOptions);  // writes one checkpoint, after step 9
  EXPECT_EQ(load_checkpoint(folder_ / "run/checkpoint.safetensors", "test").state.total_steps, 9);
  EXPECT_EQ(load_checkpoint(folder_ / "run/checkpoint.1.safetensors", "test").state.total_steps, 6);
}

TEST_F(RunFilesTest, AMissingCheckpointIsStoodInForToo) {
  session<Gan>("run", false, 11, kOptions);
  std::filesystem::remove(folder_ / "run/checkpoint.safetensors");
  RunFiles files("test", folder_ / "run");
  std::string warning;
  EXPECT_EQ(
      files.read_checkpoint([&](const std::string& text) { warning = text; }).state.total_steps, 6);
  EXPECT_THAT(warning, HasSubstr("checkpoint.safetensors is missing; going on from"));
}

TEST_F(RunFilesTest, IfAllAreDamagedTheErrorIsThatOfTheLastOne) {
  session<Gan>("run", false, 11, kOptions);
  damage(folder_ / "run/checkpoint.safetensors");
  damage(folder_ / "run/checkpoint.1.safetensors");
  EXPECT_THAT(said<IoError>([&] { RunFiles("test", folder_ / "run").read_checkpoint(); }),
              ::testing::StartsWith("checkpoint: DIR/run/checkpoint.safetensors is damaged: its "
                                    "checksum is crc32:"));
}

TEST_F(RunFilesTest, SoManyCheckpointsStayAsAreAskedFor) {
  Gan task;
  Loop loop(task, task.trained(), points(44), kOptions);
  const auto save = [&](int64_t keep, int64_t step) {
    LoopState state = loop.state();
    state.step = state.total_steps = step;
    loop.set_state(state);
    RunFiles files("test", folder_ / "run", keep);
    files.prepare(true, false);
    files.open_metrics(0);
    files.connect(loop, 0, {}, "{}", "{}");
    files.save(loop);
  };
  const auto steps = [&] {  // of all checkpoints, the newest first
    std::vector<int64_t> found;
    for (const char* name : {"checkpoint", "checkpoint.1", "checkpoint.2", "checkpoint.3"}) {
      const auto file = folder_ / (std::string("run/") + name + ".safetensors");
      if (!std::filesystem::exists(file)) break;
      found.push_back(load_checkpoint(file, "test").state.total_steps);
    }
    return found;
  };
  for (int64_t i = 1; i <= 5; ++i) save(3, i);
  EXPECT_THAT(steps(), ::testing::ElementsAre(5, 4, 3));
  save(2, 6);
  EXPECT_THAT(steps(), ::testing::ElementsAre(6, 5));
  save(1, 1);
  EXPECT_THAT(steps(), ::testing::ElementsAre(1));
}

TEST_F(RunFilesTest, ACheckpointBehindALinkIsKeptToo) {
  session<Gan>("run", false, 11, kOptions);
  std::filesystem::rename(folder_ / "run/checkpoint.safetensors", folder_ / "elsewhere");
  std::filesystem::create_symlink(folder_ / "elsewhere", folder_ / "run/checkpoint.safetensors");
  session<Gan>("run", true, 12, kOptions);
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "run/checkpoint.safetensors"));
  EXPECT_EQ(load_checkpoint(folder_ / "elsewhere", "test").state.total_steps, 12);
  EXPECT_LT(load_checkpoint(folder_ / "run/checkpoint.1.safetensors", "test").state.total_steps,
            12);
}

TEST_F(RunFilesTest, AnOldCheckpointThatCannotGoIsAnError) {
  session<Gan>("run", false, 5, kOptions);
  test::write_file(folder_ / "run/checkpoint.1.safetensors/file", "x");
  EXPECT_THAT(said<IoError>([&] { session<Gan>("run", true, -1, kOptions); }),
              ::testing::MatchesRegex("checkpoint: the one before DIR/run/checkpoint.safetensors "
                                      "cannot be kept: .*"));
}

TEST_F(RunFilesTest, OverwritingARunTakesItsOlderCheckpointsToo) {
  session<Gan>("run", false, 11, kOptions);
  std::filesystem::remove(folder_ / "run/checkpoint.safetensors");
  std::filesystem::remove(folder_ / "run/metrics.jsonl");
  const RunFiles files("test", folder_ / "run");
  EXPECT_THAT(said<IoError>([&] { files.prepare(false, false); }),
              HasSubstr("holds a run already (checkpoint.1.safetensors)"));
  files.prepare(false, true);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/checkpoint.1.safetensors"));
}

TEST_F(RunFilesTest, MessagesNameTheTask) {
  EXPECT_EQ(
      said<IoError>([&] { RunFiles("gan", folder_ / "none").read_checkpoint(); }),
      "gan: there is nothing to resume: DIR/none/checkpoint.safetensors does not exist; check "
      "--out, or leave --resume out to start a run there");
}

}  // namespace
}  // namespace ct::train
