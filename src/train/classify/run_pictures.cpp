// Picks the pictures and counts of a report: see run_pictures.hpp.
#include "train/classify/run_pictures.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ct::train {

namespace {

constexpr int64_t kPictures = 32, kMistakes = 16;

/// float (c, h, w) in [0, 1] -> bytes (h, w, c).
std::vector<uint8_t> interleaved(const float* planes, const ImageShape& image) {
  const int64_t plane = image.height * image.width;
  std::vector<uint8_t> pixels(static_cast<size_t>(plane * image.channels));
  for (int64_t c = 0; c < image.channels; ++c) {
    for (int64_t i = 0; i < plane; ++i) {
      pixels[static_cast<size_t>(i * image.channels + c)] =
          static_cast<uint8_t>(std::lround(255 * std::clamp(planes[c * plane + i], 0.0F, 1.0F)));
    }
  }
  return pixels;
}

std::vector<PredictedPicture> pictures_of(const ClassificationData& data,
                                          const Evaluation& evaluation,
                                          const std::vector<int64_t>& indices) {
  std::vector<PredictedPicture> pictures;
  if (indices.empty()) return pictures;
  const auto values = data.test->get(indices).images.to_vector<float>();
  const auto size = static_cast<size_t>(data.image.channels * data.image.height * data.image.width);
  for (size_t i = 0; i < indices.size(); ++i) {
    const auto place = static_cast<size_t>(indices[i]);
    pictures.push_back({.index = indices[i],
                        .pixels = interleaved(values.data() + i * size, data.image),
                        .width = static_cast<int>(data.image.width),
                        .height = static_cast<int>(data.image.height),
                        .channels = static_cast<int>(data.image.channels),
                        .truth = evaluation.truth[place],
                        .predicted = evaluation.predicted[place],
                        .probability = evaluation.probability[place]});
  }
  return pictures;
}

}  // namespace

ConfusionMatrix confusion_of(const Evaluation& evaluation, int64_t classes) {
  ConfusionMatrix confusion(classes);
  for (size_t i = 0; i < evaluation.truth.size(); ++i) {
    confusion.add(evaluation.truth[i], evaluation.predicted[i]);
  }
  return confusion;
}

void add_pictures(Report& report, const ClassificationData& data, const Evaluation& evaluation) {
  const auto size = static_cast<int64_t>(evaluation.truth.size());
  const int64_t count = std::min(kPictures, size);
  std::vector<int64_t> spaced;
  for (int64_t i = 0; i < count; ++i) spaced.push_back(i * size / count);
  report.pictures = pictures_of(data, evaluation, spaced);

  std::vector<int64_t> wrong;
  for (int64_t i = 0; i < size; ++i) {
    const auto place = static_cast<size_t>(i);
    if (evaluation.truth[place] != evaluation.predicted[place]) wrong.push_back(i);
  }
  std::stable_sort(wrong.begin(), wrong.end(), [&](int64_t a, int64_t b) {
    return evaluation.probability[static_cast<size_t>(a)] >
           evaluation.probability[static_cast<size_t>(b)];
  });
  wrong.resize(std::min(wrong.size(), static_cast<size_t>(kMistakes)));
  report.mistakes = pictures_of(data, evaluation, wrong);
}

}  // namespace ct::train
