// Whole classification runs on a small data set, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "customtensor/train/classify.hpp"
#include "support/scratch_folder.hpp"
#include "train/classify/idx_folder.hpp"

namespace ct::test {

/// Epoch, step, split, loss and accuracy of each line: what must not depend on time.
inline std::string figures(const std::filesystem::path& run) {
  std::ifstream in(run / "metrics.jsonl");
  std::string line, all;
  while (std::getline(in, line)) {
    train::MetricsRecord r = train::parse_metrics_record(line);
    r.images_per_second = r.seconds = 0;
    all += to_json(r) + "\n";
  }
  return all;
}

class ClassifyTest : public ::testing::Test {
 protected:
  void SetUp() override { write_idx_folder(root_ / "data", 44, 20); }

  train::ClassifyOptions options(const std::string& run) const {
    train::ClassifyOptions options;
    options.config.data = (root_ / "data").string();
    options.config.model = "mlp";
    options.config.epochs = 2;
    options.config.batch_size = 8;  // 6 steps an epoch, the last of 4 pictures
    options.config.log_steps = 4;
    options.config.seed = 3;
    options.out = root_ / run;
    return options;
  }

  /// Stops after each of `steps` steps in turn and resumes, until the run is done.
  train::ClassifyResult run_in_pieces(train::ClassifyOptions options, int64_t steps) const {
    train::ClassifyResult result;
    do {
      int64_t left = steps;
      options.should_stop = [&left] { return --left == 0; };
      result = classify(options);
      options.resume = true;
    } while (result.interrupted);
    return result;
  }

  void expect_resumes_bitwise(train::ClassifyOptions whole, train::ClassifyOptions pieces,
                              int64_t steps) const {
    const auto a = classify(whole);
    const auto b = run_in_pieces(pieces, steps);
    EXPECT_EQ(read_file(whole.out / "model.safetensors"),
              read_file(pieces.out / "model.safetensors"));
    EXPECT_EQ(figures(whole.out), figures(pieces.out));
    EXPECT_EQ(a.steps, b.steps);
    EXPECT_EQ(a.test_loss, b.test_loss);
    EXPECT_EQ(a.train_loss, b.train_loss);
  }

  template <class E>
  std::string error_of(const train::ClassifyOptions& options) const {
    try {
      classify(options);
    } catch (const E& e) {
      return e.what();
    }
    return "(no such error)";
  }

  ScratchFolder scratch_;
  std::filesystem::path root_ = scratch_.path();
};

}  // namespace ct::test
