// ClassifyConfig: checks, JSON, comparison. The fields are listed once, in visit().
#include "customtensor/train/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "customtensor/error.hpp"
#include "customtensor/train/choices.hpp"
#include "customtensor/train/models.hpp"
#include "train/choice/table.hpp"

namespace ct::train {

UsageError::~UsageError() = default;

namespace {

/// Calls fn(name in JSON, member pointer) for each field, in the order of config.json.
template <class F>
void visit(F&& fn) {
  using C = ClassifyConfig;
  fn("data", &C::data);
  fn("model", &C::model);
  fn("epochs", &C::epochs);
  fn("batch_size", &C::batch_size);
  fn("lr", &C::lr);
  fn("optimizer", &C::optimizer);
  fn("schedule", &C::schedule);
  fn("weight_decay", &C::weight_decay);
  fn("device", &C::device);
  fn("seed", &C::seed);
  fn("limit", &C::limit);
  fn("workers", &C::workers);
  fn("log_steps", &C::log_steps);
}

std::string flag(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

void require(bool ok, const char* name, const std::string& value, const std::string& allowed) {
  if (!ok) throw UsageError(fmt::format("classify: {} is {}: must be {}", name, value, allowed));
}

}  // namespace

void validate(const ClassifyConfig& c) {
  const auto known = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const auto models = classifier_names(), optimizers = optimizer_names(),
             schedules = schedule_names();
  require(!c.data.empty(), "--data", "empty", "fashion-mnist, images:DIR or a folder of IDX files");
  require(known(models, c.model), "--model", '"' + c.model + '"',
          fmt::format("one of {}", fmt::join(models, ", ")));
  require(known(optimizers, c.optimizer), "--optimizer", '"' + c.optimizer + '"',
          any_of(optimizers));
  require(known(schedules, c.schedule), "--schedule", '"' + c.schedule + '"', any_of(schedules));
  require(c.epochs >= 1, "--epochs", std::to_string(c.epochs), "1 or more");
  require(c.batch_size >= 1, "--batch-size", std::to_string(c.batch_size), "1 or more");
  require(std::isfinite(c.lr) && c.lr > 0, "--lr", fmt::format("{}", c.lr), "a number above 0");
  require(std::isfinite(c.weight_decay) && c.weight_decay >= 0, "--weight-decay",
          fmt::format("{}", c.weight_decay), "0 or more");
  require(c.limit >= 0, "--limit", std::to_string(c.limit), "0 (all pictures) or more");
  require(c.workers >= 0 && c.workers <= 64, "--workers", std::to_string(c.workers), "0 to 64");
  require(c.log_steps >= 1, "--log-steps", std::to_string(c.log_steps), "1 or more");
}

std::string to_json(const ClassifyConfig& config) {
  nlohmann::ordered_json json;
  visit([&](const char* name, auto member) { json[name] = config.*member; });
  return json.dump(2);
}

ClassifyConfig parse_classify_config(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    ClassifyConfig config;
    visit([&](const char* name, auto member) {
      if (json.contains(name)) json.at(name).get_to(config.*member);
    });
    return config;
  } catch (const nlohmann::json::exception& e) {
    throw IoError(fmt::format("config: not the JSON of a classify run: {}", e.what()));
  }
}

std::vector<std::string> resume_conflicts(const ClassifyConfig& now, const ClassifyConfig& before) {
  std::vector<std::string> lines;
  visit([&](const std::string& name, auto member) {
    if (now.*member == before.*member || name == "device" || name == "workers") return;
    if (name == "epochs" && now.schedule == "constant" && before.schedule == "constant") return;
    lines.push_back(
        fmt::format("{}: {} now, {} in the checkpoint", flag(name), now.*member, before.*member));
  });
  return lines;
}

}  // namespace ct::train
