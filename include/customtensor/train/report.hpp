// What a run leaves for people: report.html (one file that opens offline, no scripts) and PNG
// pictures of the predictions and of the confusion matrix. All of it stays small, some megabytes at
// most, whatever the run had: of many classes, points, pictures it shows some, of long texts a
// part.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/train/metrics.hpp"

namespace ct::train {

/// Counts of (true class, predicted class) pairs. Takes memory for the pairs that there are.
struct CT_API ConfusionMatrix {
  int64_t classes = 0;
  std::map<std::pair<int64_t, int64_t>, int64_t> counts;  ///< none of them is 0

  explicit ConfusionMatrix(int64_t classes_ = 0) : classes(classes_) {}
  int64_t at(int64_t truth, int64_t predicted) const {
    const auto found = counts.find({truth, predicted});
    return found == counts.end() ? 0 : found->second;
  }
  void add(int64_t truth, int64_t predicted) { ++counts[{truth, predicted}]; }
  /// Pictures of class `truth`.
  int64_t row_total(int64_t truth) const;
};

/// A test picture with what the model made of it.
struct PredictedPicture {
  int64_t index = 0;                 ///< place in the test split
  std::vector<uint8_t> pixels = {};  ///< (height, width, channels)
  int width = 0, height = 0, channels = 1;
  int64_t truth = 0, predicted = 0;
  double probability = 0;  ///< of the predicted class
};

struct Report {
  std::string title = {};                                            ///< "cnn on fashion-mnist"
  std::vector<std::pair<std::string, std::string>> highlights = {};  ///< value, what it is
  std::vector<std::pair<std::string, std::string>> facts = {};       ///< what it is, value
  std::vector<std::string> classes = {};
  std::vector<MetricsRecord> records = {};
  int64_t steps_per_epoch = 1;
  ConfusionMatrix confusion = ConfusionMatrix();
  std::vector<PredictedPicture> pictures = {};  ///< from all over the test split
  std::vector<PredictedPicture> mistakes = {};  ///< the most confident wrong ones
};

/// The page's text.
CT_API std::string report_html(const Report& report);

/// Writes report.html, predictions.png and confusion.png into `folder`, each atomically.
CT_API void write_report(const Report& report, const std::filesystem::path& folder);

}  // namespace ct::train
