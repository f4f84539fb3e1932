// ct-train predict: class probabilities for picture files.
#include "customtensor/train/predict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "customtensor/data.hpp"
#include "customtensor/error.hpp"
#include "customtensor/train/config.hpp"

namespace ct_train {

namespace {

struct Flags {
  std::string model, device = "cpu";
  std::vector<std::string> images;
  size_t top = 3;
  int64_t max_pixels = ct::data::ImageOptions().max_pixels;
  bool invert = false;
};

ct::Device find_device(const std::string& name) {
  try {
    return ct::Device(name);
  } catch (const ct::DeviceError& e) {
    throw ct::train::UsageError(e.what());
  }
}

}  // namespace

Run add_predict(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("predict", "Classify picture files with a trained model");
  command->add_option("--model", flags->model, "Folder of a run (classify --out)")->required();
  command->add_option("images", flags->images, "Picture files (PNG, JPEG, BMP, …)")->required();
  add_whole(command, "--top", flags->top, 1, std::numeric_limits<int32_t>::max(),
            "Classes to print for each picture")
      ->default_str(std::to_string(flags->top));
  constexpr int64_t kMostPixels = int64_t{1} << 30;
  add_whole(command, "--max-pixels", flags->max_pixels, 1, kMostPixels,
            "Largest picture file that is decoded, by what it declares")
      ->default_str(std::to_string(flags->max_pixels));
  command->add_flag("--invert", flags->invert,
                    "Swap black and white first, for pictures on a light ground");
  command->add_option("--device", flags->device, "See: ct-train devices")->capture_default_str();
  return [flags] {
    ct::train::Predictor predictor(flags->model, find_device(flags->device), flags->max_pixels);
    for (const auto& image : flags->images) {
      const auto predictions = predictor.predict(image, flags->invert);
      std::string line = image + ":";
      for (size_t i = 0; i < std::min(flags->top, predictions.size()); ++i) {
        line += fmt::format("{} {} {:.1f}%", i == 0 ? "" : ",", predictions[i].label,
                            100 * predictions[i].probability);
      }
      fmt::print("{}\n", line);
    }
    return static_cast<int>(kDone);
  };
}

}  // namespace ct_train
