// A trained model from its folder, on picture files.
#include "customtensor/train/predict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "customtensor/autograd.hpp"
#include "customtensor/data.hpp"
#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/train/models.hpp"
#include "io/json_reader.hpp"

namespace ct::train {

struct Predictor::State {
  Device device;
  data::ImageOptions picture;
  std::vector<std::string> classes;
  std::unique_ptr<nn::Module> model;
};

Predictor::Predictor(const std::filesystem::path& run, Device device, int64_t max_pixels)
    : state_(std::make_unique<State>(State{device, {.max_pixels = max_pixels}, {}, nullptr})) {
  const auto config_file = run / "config.json", model_file = run / "model.safetensors";
  for (const auto& file : {config_file, model_file}) {
    if (!std::filesystem::exists(file)) {
      throw IoError(fmt::format(
          "predict: {} is not the folder of a finished run: {} is missing; give the --out of a "
          "ct-train classify that was done",
          run.string(), file.filename().string()));
    }
  }
  try {
    const auto json = io::JsonValue::parse(io::read_json_file(config_file), "it");
    auto& picture = state_->picture;
    constexpr int64_t kMostChannels = 3, kMostSize = std::numeric_limits<int32_t>::max();
    picture.channels = json.at("channels").whole(1, kMostChannels);
    picture.height = json.at("height").whole(1, kMostSize);
    picture.width = json.at("width").whole(1, kMostSize);
    picture.linear_light = !json.has("linear_light") || json.at("linear_light").flag();
    for (const auto& name : json.at("classes").items()) state_->classes.push_back(name.text());
    state_->model = make_classifier(json.at("model").text(),
                                    {.channels = picture.channels,
                                     .height = picture.height,
                                     .width = picture.width,
                                     .classes = static_cast<int64_t>(state_->classes.size())});
  } catch (const io::JsonFault& fault) {
    throw IoError(fmt::format("predict: {} is damaged: {}", config_file.string(), fault.what()));
  }
  state_->model->load_state_dict(io::load_safetensors(model_file));
  state_->model->to(device);
  state_->model->eval();
}

Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;

std::vector<Prediction> Predictor::predict(const std::filesystem::path& image, bool invert) {
  const NoGradGuard off;
  Tensor x = data::load_image(image, state_->picture).unsqueeze(0);
  if (invert) x = 1 - x;
  const auto values = softmax((*state_->model)(x.to(state_->device)), 1).to_vector<float>();
  std::vector<Prediction> predictions;
  for (size_t i = 0; i < values.size(); ++i) {
    predictions.push_back({state_->classes[i], static_cast<double>(values[i])});
  }
  std::stable_sort(
      predictions.begin(), predictions.end(),
      [](const Prediction& a, const Prediction& b) { return a.probability > b.probability; });
  return predictions;
}

}  // namespace ct::train
