// What is said of runs that cannot begin, go on or be used, and of their files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "customtensor/train/checkpoint.hpp"
#include "customtensor/train/classify.hpp"
#include "customtensor/train/data_source.hpp"
#include "customtensor/train/metrics.hpp"
#include "customtensor/train/models.hpp"
#include "customtensor/train/predict.hpp"
#include "customtensor/train/report.hpp"
#include "support/folder_test.hpp"
#include "support/idx_bytes.hpp"
#include "train/classify/idx_folder.hpp"

namespace ct::train {
namespace {

using test::idx_bytes;
using ::testing::MatchesRegex;

class TrainMessage : public test::FolderTest {
 protected:
  /// A run of two steps on DIR/data.
  ClassifyOptions options() {
    test::write_idx_folder(folder_ / "data", 12, 4);
    ClassifyOptions options;
    options.config.data = (folder_ / "data").string();
    options.config.model = "mlp";
    options.config.epochs = 1;
    options.config.batch_size = 8;
    options.out = folder_ / "run";
    return options;
  }
  void save(const std::string& name, const io::Metadata& text) {
    io::save_safetensors(folder_ / name, {}, text);
  }
  /// `images` are the sizes of each split's pictures, one byte each.
  void write_split(const std::string& split, std::initializer_list<uint32_t> images) {
    size_t bytes = 1;
    for (const uint32_t size : images) bytes *= size;
    const uint32_t count = *images.begin();
    write("data/" + split + "-images-idx3-ubyte", idx_bytes(images, std::string(bytes, 'x')));
    write("data/" + split + "-labels-idx1-ubyte", idx_bytes({count}, std::string(count, '\1')));
  }
  std::string open_error() {
    return said<IoError>([&] { open_classification_data((folder_ / "data").string()); });
  }
};

TEST_F(TrainMessage, AnImpossiblePicture) {
  Report report;
  report.classes = {"round"};
  report.confusion = ConfusionMatrix(1);
  report.pictures = {{.width = 1, .height = -1}};
  EXPECT_EQ(said<IoError>([&] { report_html(report); }),
            "png: cannot encode 1 x -1 pixels of 1 channels");
}

TEST_F(TrainMessage, ACheckpointThatIsNone) {
  save("checkpoint.safetensors", {{"format", "weights"}});
  EXPECT_EQ(said<IoError>([&] { checkpoint_config(folder_.path()); }),
            "checkpoint: DIR/checkpoint.safetensors is no checkpoint of ct-train classify: format "
            "is \"weights\", not \"customtensor-classify-1\"");
}

TEST_F(TrainMessage, ADamagedCheckpoint) {
  save("checkpoint.safetensors",
       {{"format", "customtensor-classify-1"}, {"config", "{}"}, {"state", "{}"}});
  EXPECT_THAT(
      said<IoError>([&] { checkpoint_config(folder_.path()); }),
      MatchesRegex("checkpoint: DIR/checkpoint.safetensors is damaged: .*key 'epoch' not found"));
}

TEST_F(TrainMessage, TheSettingsOfADamagedCheckpoint) {
  EXPECT_THAT(said<IoError>([] { parse_classify_config("[1"); }),
              MatchesRegex("config: not the JSON of a classify run: .*parse error.*"));
}

TEST_F(TrainMessage, AnOutFolderThatCannotBeMade) {
  auto o = options();
  write("file", "x");
  o.out = folder_ / "file/run";
  EXPECT_EQ(said<IoError>([&] { classify(o); }),
            "classify: cannot make the folder --out DIR/file/run: Not a directory");
  o.out = folder_ / "file";
  EXPECT_EQ(said<IoError>([&] { classify(o); }),
            "classify: cannot make the folder --out DIR/file: Not a directory");
}

TEST_F(TrainMessage, AnOutFolderThatHoldsARun) {
  const auto o = options();
  write("run/config.json", "{}");
  EXPECT_EQ(said<IoError>([&] { classify(o); }),
            "classify: --out DIR/run holds a run already (config.json); go on with --resume, "
            "replace it with --overwrite, or choose another folder");
}

TEST_F(TrainMessage, NothingToResume) {
  EXPECT_EQ(said<IoError>([&] { checkpoint_config(folder_ / "run"); }),
            "classify: there is nothing to resume: DIR/run/checkpoint.safetensors does not exist; "
            "check --out, or leave --resume out to start a run there");
}

TEST_F(TrainMessage, ResumingOtherwiseThanItBegan) {
  auto o = options();
  classify(o);
  o.resume = true;
  o.config.lr = 0.5;
  o.config.seed = 9;
  EXPECT_EQ(said<UsageError>([&] { classify(o); }),
            "classify: cannot resume with other settings: --lr: 0.5 now, 0.001 in the checkpoint, "
            "--seed: 9 now, 0 in the checkpoint; leave these flags out, or start a new run");
  o = options();
  o.resume = true;
  test::write_idx_folder(folder_ / "data", 10, 4);
  EXPECT_EQ(said<IoError>([&] { classify(o); }),
            "classify: cannot resume on other data: 10 + 4 pictures of 1x8x8 in 4 classes now, 12 "
            "+ 4 pictures of 1x8x8 in 4 classes when the checkpoint was written");
}

TEST_F(TrainMessage, ACheckpointWithoutWordOfItsData) {
  auto o = options();
  o.out = folder_.path();
  o.resume = true;
  save_checkpoint(folder_ / "checkpoint.safetensors", "classify", {.config = to_json(o.config)});
  EXPECT_THAT(said<IoError>([&] { classify(o); }),
              MatchesRegex("checkpoint: it does not say what data it is of: .*key 'image' not "
                           "found"));
}

TEST_F(TrainMessage, DataOfNoKnownKind) {
  EXPECT_EQ(said<UsageError>([] { open_classification_data("fashon"); }),
            "classify: --data is \"fashon\": neither a folder nor a known word; use fashion-mnist, "
            "images:DIR, or a folder of IDX files");
}

TEST_F(TrainMessage, SplitsOfDifferentClasses) {
  write("train/cat/a.png", "");
  write("test/cat/a.png", "");
  write("test/dog/a.png", "");
  EXPECT_EQ(said<IoError>([&] { open_classification_data("images:" + folder_.path().string()); }),
            "classify: DIR/train and DIR/test have different classes: [cat] and [cat, dog]");
}

TEST_F(TrainMessage, SplitsThatDoNotFit) {
  write_split("train", {2, 8, 8});
  write_split("t10k", {3, 4, 5});
  EXPECT_EQ(open_error(),
            "classify: DIR/data: pictures to train on are (1, 8, 8), to test on (1, 4, 5)");
  write_split("t10k", {0, 8, 8});
  EXPECT_EQ(open_error(), "classify: DIR/data holds 2 pictures to train on and 0 to test on");
}

TEST_F(TrainMessage, LinesOfMetrics) {
  EXPECT_THAT(said<IoError>([] { parse_metrics_record("{\"epoch\": 1}"); }),
              MatchesRegex("metrics: not a line of figures: \"\\{\"epoch\": 1\\}\" \\(.*\\)"));
}

TEST_F(TrainMessage, FilesOfMetrics) {
  MetricsLog log(folder_ / "sub.jsonl");
  log.append({});
  EXPECT_EQ(said<IoError>([&] { MetricsLog(folder_ / "sub.jsonl", 3); }),
            "metrics: DIR/sub.jsonl has 1 lines, but the checkpoint was written after 3; start "
            "over with --overwrite, or bring the file back");
  const std::string expected = "metrics: cannot write DIR/none/x: No such file or directory";
  EXPECT_EQ(said<IoError>([&] { MetricsLog(folder_ / "none/x"); }), expected);
  std::filesystem::create_directory(folder_ / "none");
  MetricsLog gone(folder_ / "none/x");
  std::filesystem::remove_all(folder_ / "none");
  EXPECT_EQ(said<IoError>([&] { gone.append({}); }), expected);
}

TEST_F(TrainMessage, Models) {
  EXPECT_EQ(said<ValueError>([] { make_classifier("cnn", {.height = 3, .width = 5}); }),
            "make_classifier: cnn needs pictures of 4x4 or more, got 5x3");
  EXPECT_EQ(said<ValueError>([] { make_classifier("vgg", {}); }),
            "make_classifier: there is no model \"vgg\"; use one of mlp, cnn, resnet18");
}

TEST_F(TrainMessage, RunsToPredictWith) {
  const auto load = [&] { Predictor(folder_.path()); };
  write("config.json", "{}");
  EXPECT_EQ(said<IoError>(load),
            "predict: DIR is not the folder of a finished run: model.safetensors is missing; give "
            "the --out of a ct-train classify that was done");
  save("model.safetensors", {});
  EXPECT_THAT(said<IoError>(load),
              MatchesRegex("predict: DIR/config.json is damaged: .*key 'channels' not found"));
}

TEST_F(TrainMessage, ALossThatIsNoNumber) {
  auto o = options();
  o.config.optimizer = "sgd";
  o.config.lr = 1e30;
  EXPECT_THAT(said<Error>([&] { classify(o); }),
              MatchesRegex("train: the loss is -?(nan|inf) after step 2 \\(epoch 1\\); try a "
                           "smaller --lr"));
}

}  // namespace
}  // namespace ct::train
