// ct-train summary: what a model is made of and costs, from shapes alone.
#include "customtensor/nn/summary.hpp"

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "commands.hpp"
#include "customtensor/device.hpp"
#include "customtensor/train/config.hpp"
#include "customtensor/train/data_source.hpp"
#include "customtensor/train/models.hpp"

namespace ct_train {

namespace {

struct Flags {
  std::string model = "cnn", data;
  int64_t batch_size = 64;
  bool json = false;
};

std::string json_of(const ct::nn::Summary& summary) {
  using Json = nlohmann::ordered_json;
  Json layers = Json::array();
  for (const ct::nn::LayerSummary& layer : summary.layers) {
    layers.push_back({{"name", layer.name},
                      {"type", layer.type},
                      {"output", std::vector<int64_t>(layer.output.begin(), layer.output.end())},
                      {"parameters", layer.parameters},
                      {"multiply_adds", layer.multiply_adds},
                      {"activation_bytes", layer.activation_bytes}});
  }
  return Json{{"layers", layers},
              {"parameters", summary.parameters},
              {"parameter_bytes", summary.parameter_bytes},
              {"multiply_adds", summary.multiply_adds},
              {"activation_bytes", summary.activation_bytes}}
      .dump();
}

std::unique_ptr<ct::nn::Module> make_model(const std::string& name,
                                           const ct::train::ImageShape& image) {
  try {
    return ct::train::make_classifier(name, image);
  } catch (const ct::ValueError& error) {
    throw ct::train::UsageError(error.what());
  }
}

}  // namespace

Run add_summary(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand(
      "summary", "Layers of a model: shapes, parameters, multiply-adds, memory for backward");
  command
      ->add_option("--model", flags->model,
                   fmt::format("One of {}", fmt::join(ct::train::classifier_names(), ", ")))
      ->capture_default_str();
  command->add_option("--data", flags->data, "What it is to see; as of classify")->required();
  add_whole(command, "--batch-size", flags->batch_size, 1, std::numeric_limits<int32_t>::max(),
            "Pictures a step")
      ->default_str(std::to_string(flags->batch_size));
  command->add_flag("--json", flags->json, "One line for programs, with exact figures");
  return [flags] {
    const ct::train::ImageShape image = ct::train::classification_image(flags->data);
    ct::set_default_device("meta");  // the model's weights need no memory, nor values
    const auto model = make_model(flags->model, image);
    const auto summary =
        ct::nn::summary(*model, {flags->batch_size, image.channels, image.height, image.width});
    if (flags->json) {
      fmt::print("{}\n", json_of(summary));
    } else {
      fmt::print("{} on a batch of {} pictures of {}x{}x{}\n\n{}", flags->model, flags->batch_size,
                 image.channels, image.height, image.width, summary.table());
    }
    return static_cast<int>(kDone);
  };
}

}  // namespace ct_train
