// Uses what a run has learnt on picture files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "customtensor/device.hpp"
#include "customtensor/export.hpp"

namespace ct::train {

struct Prediction {
  std::string label;
  double probability = 0;
};

/// The model of a run's folder, ready to classify.
class CT_API Predictor {
 public:
  /// Errors: IoError if the folder holds no finished run (config.json, model.safetensors).
  /// `max_pixels`: of a picture file, see data::ImageOptions.
  explicit Predictor(const std::filesystem::path& run, Device device = Device("cpu"),
                     int64_t max_pixels = int64_t{1} << 28);
  ~Predictor();
  Predictor(Predictor&&) noexcept;

  /// Probability of every class, the most probable first. The picture (PNG, JPEG, BMP, …) is
  /// converted as the training data were: to gray or RGB, and scaled to the model's size, in linear
  /// light or not as config.json says (a run of before there was a choice: in linear light).
  /// `invert` swaps black and white first (Fashion-MNIST shows light clothes on black).
  /// Errors: IoError if the file is not a picture.
  std::vector<Prediction> predict(const std::filesystem::path& image, bool invert = false);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ct::train
