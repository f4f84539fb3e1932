// See state_json.hpp. Doubles are written with as many digits as bring them back exactly; those
// that JSON cannot hold (the loss of an evaluation may be infinite) as words.
#include "train/run/state_json.hpp"

#include <cmath>
#include <limits>
#include <string>

namespace ct::train {

namespace {

using Json = nlohmann::ordered_json;

Json number_to_json(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number_from_json(const Json& json) {
  if (json == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (json == "inf") return std::numeric_limits<double>::infinity();
  if (json == "-inf") return -std::numeric_limits<double>::infinity();
  return json.get<double>();
}

/// {"loss": [sum, weight], …}
Json figures_to_json(const Figures& figures) {
  Json json = Json::object();
  for (const Figure& f : figures) {
    json[f.name] = {number_to_json(f.sum), number_to_json(f.weight)};
  }
  return json;
}

Figures figures_from_json(const Json& json) {
  if (json.is_array()) {  // loss, correct, pictures: as written before figures had names
    const double images = json.at(2).get<double>();
    return {{"loss", json.at(0).get<double>(), images},
            {"accuracy", json.at(1).get<double>(), images}};
  }
  Figures figures;
  for (const auto& [name, value] : json.items()) {
    figures.add({name, number_from_json(value.at(0)), number_from_json(value.at(1))});
  }
  return figures;
}

Json best_to_json(const BestState& best) {
  return {{"epoch", best.epoch},
          {"value", best.value},
          {"patience_epoch", best.patience_epoch},
          {"patience_value", best.patience_value}};
}

BestState best_from_json(const Json& json) {
  return {.epoch = json.at("epoch").get<int64_t>(),
          .value = json.at("value").get<double>(),
          .patience_epoch = json.at("patience_epoch").get<int64_t>(),
          .patience_value = json.at("patience_value").get<double>()};
}

}  // namespace

Json state_to_json(const LoopState& s) {
  Json json = {{"epoch", s.epoch},
               {"step", s.step},
               {"total_steps", s.total_steps},
               {"epoch_sums", figures_to_json(s.epoch_figures)},
               {"window_sums", figures_to_json(s.window_figures)},
               {"window_seconds", s.window_seconds},
               {"epoch_seconds", s.epoch_seconds},
               {"train_seconds", s.train_seconds},
               {"seconds", s.seconds},
               {"last_train", figures_to_json(s.last_train)},
               {"last_test", figures_to_json(s.last_test)},
               {"random_seed", s.random.seed},
               {"random_offset", s.random.offset},
               {"lr", s.lr},
               {"best", best_to_json(s.best)},
               {"generators", Json::object()}};
  for (const auto& [name, stream] : s.generators) {
    json["generators"][name] = {stream.seed, stream.offset};
  }
  return json;
}

LoopState state_from_json(const Json& json) {
  LoopState s;
  json.at("epoch").get_to(s.epoch);
  json.at("step").get_to(s.step);
  json.at("total_steps").get_to(s.total_steps);
  s.epoch_figures = figures_from_json(json.at("epoch_sums"));
  s.window_figures = figures_from_json(json.at("window_sums"));
  json.at("window_seconds").get_to(s.window_seconds);
  json.at("epoch_seconds").get_to(s.epoch_seconds);
  json.at("train_seconds").get_to(s.train_seconds);
  json.at("seconds").get_to(s.seconds);
  s.last_train = figures_from_json(json.at("last_train"));
  s.last_test = figures_from_json(json.at("last_test"));
  json.at("random_seed").get_to(s.random.seed);
  json.at("random_offset").get_to(s.random.offset);
  // Those that a checkpoint of before they were there does not have.
  if (json.contains("lr")) json.at("lr").get_to(s.lr);
  if (json.contains("best")) s.best = best_from_json(json.at("best"));
  if (json.contains("generators")) {
    for (const auto& [name, stream] : json.at("generators").items()) {
      const RandomState state{stream.at(0).get<uint64_t>(), stream.at(1).get<uint64_t>()};
      s.generators.emplace_back(name, state);
    }
  }
  return s;
}

}  // namespace ct::train
