// Whole runs on a small data set: their files, resuming bit for bit, errors.
#include "customtensor/train/classify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "train/classify/classify_run.hpp"

namespace ct::train {
namespace {

namespace fs = std::filesystem;
using test::ClassifyTest;
using test::figures;
using test::read_file;
using ::testing::HasSubstr;

TEST_F(ClassifyTest, LeavesAllFilesOfARun) {
  classify(options("run"));
  for (const char* name : {"metrics.jsonl", "checkpoint.safetensors", "model.safetensors",
                           "config.json", "report.html", "predictions.png", "confusion.png"}) {
    EXPECT_TRUE(fs::is_regular_file(root_ / "run" / name)) << name;
  }
}

TEST_F(ClassifyTest, LearnsAnEasyTask) {
  auto o = options("run");
  o.config.epochs = 15;
  o.config.lr = 3e-3;
  EXPECT_GE(classify(o).test_accuracy, 0.9);
}

TEST_F(ClassifyTest, WritesTrainAndTestOfEveryEpoch) {
  classify(options("run"));
  MetricsLog log(root_ / "run" / "metrics.jsonl", 6);
  std::map<std::string, int> splits;
  for (const auto& r : log.records()) ++splits[r.split];
  EXPECT_EQ(splits["train"], 2);
  EXPECT_EQ(splits["test"], 2);
  EXPECT_EQ(splits["train_steps"], 2);
  EXPECT_EQ(log.records().back().step, 12);
  EXPECT_EQ(log.records().back().epoch, 2);
}

TEST_F(ClassifyTest, TheReportHasConfusionCountsOfAllTestPictures) {
  const auto result = classify(options("run"));
  const std::string html = read_file(root_ / "run" / "report.html");
  EXPECT_THAT(html, HasSubstr("Confusion matrix"));
  EXPECT_THAT(html, HasSubstr("test picture 0:"));
  EXPECT_EQ(result.device, "cpu");
}

TEST_F(ClassifyTest, IsTheSameTwice) {
  classify(options("a"));
  classify(options("b"));
  EXPECT_EQ(read_file(root_ / "a/model.safetensors"), read_file(root_ / "b/model.safetensors"));
  EXPECT_EQ(figures(root_ / "a"), figures(root_ / "b"));
}

TEST_F(ClassifyTest, AnotherSeedGivesAnotherModel) {
  classify(options("a"));
  auto o = options("b");
  o.config.seed = 4;
  classify(o);
  EXPECT_NE(read_file(root_ / "a/model.safetensors"), read_file(root_ / "b/model.safetensors"));
}

TEST_F(ClassifyTest, ResumesInTheMiddleOfAnEpochBitForBit) {
  expect_resumes_bitwise(options("whole"), options("pieces"), 5);
}

TEST_F(ClassifyTest, ResumesAtTheEndOfAnEpochBitForBit) {
  expect_resumes_bitwise(options("whole"), options("pieces"), 6);
}

TEST_F(ClassifyTest, ResumesAfterEveryStepBitForBit) {
  expect_resumes_bitwise(options("whole"), options("pieces"), 1);
}

TEST_F(ClassifyTest, ResumesSgdUnderTheCosineBitForBit) {
  auto whole = options("whole"), pieces = options("pieces");
  for (auto* o : {&whole, &pieces}) {
    o->config.model = "cnn";
    o->config.optimizer = "sgd";
    o->config.schedule = "cosine";
    o->config.workers = 2;
  }
  expect_resumes_bitwise(whole, pieces, 4);
}

TEST_F(ClassifyTest, ResumesBatchNormalisationBitForBit) {
  auto whole = options("whole"), pieces = options("pieces");
  for (auto* o : {&whole, &pieces}) {
    o->config.model = "resnet18";
    o->config.epochs = 1;
    o->config.limit = 24;
  }
  expect_resumes_bitwise(whole, pieces, 2);
}

/// The checkpoint as it was written before figures had names: sums are [loss, correct, pictures].
void write_as_before(const fs::path& file) {
  io::Metadata text;
  const StateDict tensors = io::load_safetensors(file, &text);
  auto state = nlohmann::ordered_json::parse(text.at("state"));
  for (const char* name : {"epoch_sums", "window_sums", "last_train", "last_test"}) {
    const auto& sums = state[name];
    state[name] = sums.empty()
                      ? std::vector<double>(3)
                      : std::vector<double>{sums["loss"][0], sums["accuracy"][0], sums["loss"][1]};
  }
  for (const char* name : {"lr", "best", "generators"}) state.erase(name);
  std::vector<std::string> names;
  for (const auto& [name, value] : state.items()) names.push_back(name);
  EXPECT_THAT(names,
              ::testing::ElementsAre("epoch", "step", "total_steps", "epoch_sums", "window_sums",
                                     "window_seconds", "epoch_seconds", "train_seconds", "seconds",
                                     "last_train", "last_test", "random_seed", "random_offset",
                                     "image", "train_images", "test_images", "metrics_lines"));
  text["state"] = state.dump();
  text.erase("checksum");  // nor were there any
  EXPECT_EQ(text.at("format"), "customtensor-classify-1");
  io::save_safetensors(file, tensors, text);
}

TEST_F(ClassifyTest, ResumesWhatWasWrittenBeforeFiguresHadNames) {
  for (const int64_t steps : {1, 5, 9}) {  // before the first window ends, and within both epochs
    auto whole = options("whole"), pieces = options("pieces");
    whole.overwrite = pieces.overwrite = true;
    for (auto* o : {&whole, &pieces}) o->config.schedule = "cosine";
    classify(whole);
    int64_t left = steps;
    pieces.should_stop = [&left] { return --left == 0; };
    EXPECT_TRUE(classify(pieces).interrupted);
    write_as_before(pieces.out / "checkpoint.safetensors");
    pieces.overwrite = false;
    pieces.resume = true;
    classify(pieces);
    EXPECT_EQ(read_file(whole.out / "model.safetensors"),
              read_file(pieces.out / "model.safetensors"));
    EXPECT_EQ(figures(whole.out), figures(pieces.out));
  }
}

TEST_F(ClassifyTest, TrainsOnWithMoreEpochs) {
  auto whole = options("whole"), more = options("more");
  whole.config.epochs = 3;
  classify(whole);
  classify(more);
  more.config.epochs = 3;
  more.resume = true;
  classify(more);
  EXPECT_EQ(read_file(whole.out / "model.safetensors"), read_file(more.out / "model.safetensors"));
}

TEST_F(ClassifyTest, ResumingAFinishedRunChangesNothing) {
  const auto first = classify(options("run"));
  const std::string model = read_file(root_ / "run/model.safetensors");
  auto again = options("run");
  again.resume = true;
  const auto second = classify(again);
  EXPECT_EQ(read_file(root_ / "run/model.safetensors"), model);
  EXPECT_EQ(first.test_loss, second.test_loss);
  EXPECT_EQ(first.steps, second.steps);
}

TEST_F(ClassifyTest, WritesCheckpointsEverySoManySteps) {
  auto o = options("run");
  o.checkpoint_steps = 2;
  bool seen = false;
  int64_t steps = 0;
  o.should_stop = [&] {
    seen = seen || (++steps == 3 && fs::exists(o.out / "checkpoint.safetensors"));
    return false;
  };
  classify(o);
  EXPECT_TRUE(seen);
}

TEST_F(ClassifyTest, RefusesAFolderThatHoldsARun) {
  classify(options("run"));
  EXPECT_THAT(error_of<IoError>(options("run")), HasSubstr("--resume"));
}

TEST_F(ClassifyTest, OverwritesARunWhenAskedTo) {
  classify(options("run"));
  const std::string before = figures(root_ / "run");
  auto o = options("run");
  o.overwrite = true;
  classify(o);
  EXPECT_EQ(figures(root_ / "run"), before);
}

TEST_F(ClassifyTest, SaysThatThereIsNothingToResume) {
  auto o = options("empty");
  o.resume = true;
  EXPECT_THAT(error_of<IoError>(o), HasSubstr("checkpoint.safetensors"));
}

TEST_F(ClassifyTest, ListsTheFieldsThatDifferFromTheCheckpoint) {
  classify(options("run"));
  auto o = options("run");
  o.resume = true;
  o.config.lr = 0.5;
  o.config.seed = 9;
  const std::string message = error_of<UsageError>(o);
  EXPECT_THAT(message, HasSubstr("--lr: 0.5 now, 0.001 in the checkpoint"));
  EXPECT_THAT(message, HasSubstr("--seed: 9 now, 3 in the checkpoint"));
}

TEST_F(ClassifyTest, SaysThatACheckpointIsDamaged) {
  classify(options("run"));
  fs::resize_file(root_ / "run/checkpoint.safetensors", 300);
  fs::resize_file(root_ / "run/checkpoint.1.safetensors", 300);
  auto o = options("run");
  o.resume = true;
  EXPECT_THAT(error_of<IoError>(o), HasSubstr("checkpoint.safetensors"));
}

TEST_F(ClassifyTest, SaysThatTheDataWereChanged) {
  classify(options("run"));
  test::write_idx_folder(root_ / "data", 30, 20);
  auto o = options("run");
  o.resume = true;
  EXPECT_THAT(error_of<IoError>(o), HasSubstr("44"));
}

TEST_F(ClassifyTest, RejectsAnUnknownDataWord) {
  auto o = options("run");
  o.config.data = "fashon-mnist";
  EXPECT_THAT(error_of<UsageError>(o), HasSubstr("fashion-mnist"));
  EXPECT_FALSE(fs::exists(o.out)) << "nothing is written before the arguments are known to be good";
}

TEST_F(ClassifyTest, SaysWhichFileIsMissing) {
  fs::remove(root_ / "data/t10k-labels-idx1-ubyte");
  EXPECT_THAT(error_of<IoError>(options("run")), HasSubstr("t10k-labels-idx1-ubyte"));
}

TEST_F(ClassifyTest, RejectsAnUnknownDevice) {
  auto o = options("run");
  o.config.device = "abacus";
  EXPECT_THAT(error_of<UsageError>(o), HasSubstr("abacus"));
}

TEST_F(ClassifyTest, SaysThatTheOutputCannotBeWritten) {
  auto o = options("run");
  std::ofstream(root_ / "file") << "x";
  o.out = root_ / "file" / "run";
  EXPECT_THAT(error_of<IoError>(o), HasSubstr("--out"));
}

TEST_F(ClassifyTest, StopsWhenTheLossIsNoNumber) {
  auto o = options("run");
  o.config.optimizer = "sgd";
  o.config.lr = 1e30;
  EXPECT_THAT(error_of<Error>(o), HasSubstr("--lr"));
}

TEST_F(ClassifyTest, ReportsProgressUpToTheLastStep) {
  auto o = options("run");
  Progress last;
  o.on_progress = [&](const Progress& p) { last = p; };
  classify(o);
  EXPECT_EQ(last.epoch, 2);
  EXPECT_EQ(last.step, 6);
  EXPECT_EQ(last.steps, 6);
}

TEST_F(ClassifyTest, TheLastLineHoldsTheFinalFigures) {
  const std::string line = to_json(classify(options("run")));
  for (const char* field :
       {"\"test_accuracy\":", "\"test_loss\":", "\"epochs\":2", "\"steps\":12",
        "\"images_per_second\":", "\"seconds\":", "\"device\":\"cpu\"", "\"fallbacks\":0",
        "\"host_waits\":0", "\"out\":", "\"peak_memory_bytes\":"}) {
    EXPECT_THAT(line, HasSubstr(field));
  }
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace ct::train
