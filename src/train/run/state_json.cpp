// See state_json.hpp. Doubles are written with as many digits as bring them back exactly; those
// that JSON cannot hold (the loss of an evaluation may be infinite) as words.
#include "train/run/state_json.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "train/run/record_fields.hpp"

namespace ct::train {

namespace {

using Json = nlohmann::ordered_json;

Json number_to_json(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number_from_json(const io::JsonValue& json) {
  if (!json.is_text()) return json.number();
  if (json.text() == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (json.text() == "inf") return std::numeric_limits<double>::infinity();
  if (json.text() == "-inf") return -std::numeric_limits<double>::infinity();
  json.refuse("a number, or \"nan\", \"inf\" or \"-inf\"");
}

/// {"loss": [sum, weight], …}
Json figures_to_json(const Figures& figures) {
  Json json = Json::object();
  for (const Figure& f : figures) {
    json[f.name] = {number_to_json(f.sum), number_to_json(f.weight)};
  }
  return json;
}

Figures figures_from_json(const io::JsonValue& json) {
  if (json.is_array()) {  // loss, correct, pictures: as written before figures had names
    const auto sums = json.items(3);
    const double images = sums[2].number(0);
    return {{"loss", number_from_json(sums[0]), images}, {"accuracy", sums[1].number(0), images}};
  }
  Figures figures;
  for (const auto& [name, value] : json.members()) {
    if (name.empty() || is_record_field(name)) value.fail("no figure can have that name");
    const auto pair = value.items(2);
    figures.add({name, number_from_json(pair[0]), pair[1].number(0)});
  }
  return figures;
}

Json best_to_json(const BestState& best) {
  return {{"epoch", best.epoch},
          {"value", best.value},
          {"patience_epoch", best.patience_epoch},
          {"patience_value", best.patience_value}};
}

BestState best_from_json(const io::JsonValue& json, int64_t epochs) {
  return {.epoch = json.at("epoch").whole(0, epochs),
          .value = json.at("value").number(),
          .patience_epoch = json.at("patience_epoch").whole(0, epochs),
          .patience_value = json.at("patience_value").number()};
}

RandomState random_from_json(const io::JsonValue& json) {
  const auto pair = json.items(2);
  return {pair[0].whole_unsigned(), pair[1].whole_unsigned()};
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

LoopState state_from_json(const io::JsonValue& json) {
  LoopState s;
  const auto seconds = [&](const char* name) { return json.at(name).number(0); };
  const auto figures = [&](const char* name) { return figures_from_json(json.at(name)); };
  s.epoch = json.at("epoch").whole();
  s.total_steps = json.at("total_steps").whole();
  s.step = json.at("step").whole(0, s.total_steps);
  s.epoch_figures = figures("epoch_sums");
  s.window_figures = figures("window_sums");
  s.window_seconds = seconds("window_seconds");
  s.epoch_seconds = seconds("epoch_seconds");
  s.train_seconds = seconds("train_seconds");
  s.seconds = seconds("seconds");
  s.last_train = figures("last_train");
  s.last_test = figures("last_test");
  s.random.seed = json.at("random_seed").whole_unsigned();
  s.random.offset = json.at("random_offset").whole_unsigned();
  // Those that a checkpoint of before they were there does not have.
  if (json.has("lr")) {
    for (const auto& lr : json.at("lr").items()) s.lr.push_back(lr.number(0));
  }
  if (json.has("best")) s.best = best_from_json(json.at("best"), s.epoch);
  if (json.has("generators")) {
    for (const auto& [name, stream] : json.at("generators").members()) {
      s.generators.emplace_back(name, random_from_json(stream));
    }
  }
  return s;
}

}  // namespace ct::train
