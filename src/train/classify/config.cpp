// ClassifyConfig: checks, texts, JSON, comparison. The fields and what may stand in them are listed
// once, in visit().
#include "customtensor/train/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "customtensor/error.hpp"
#include "customtensor/train/choices.hpp"
#include "customtensor/train/models.hpp"
#include "io/json_reader.hpp"
#include "train/choice/table.hpp"

namespace ct::train {

UsageError::~UsageError() = default;

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

// What may stand in a field.
struct Whole {
  int64_t least, most;
};
struct Seed {};
struct Real {
  bool zero_too;  ///< else above 0
};
struct Word {};
struct Switch {};

/// Calls fn(name in JSON, member pointer, what may stand in it) for each field, in the order of
/// config.json.
template <class F>
void visit(F&& fn) {
  using C = ClassifyConfig;
  // Steps of a whole run, and the pictures in them, are counted in 64 bits: hence the upper ends.
  constexpr int64_t kMostEpochs = 1'000'000'000, kMostBatch = std::numeric_limits<int32_t>::max();
  constexpr int64_t kMostPixels = int64_t{1} << 30;  // of the picture decoder
  fn("data", &C::data, Word());
  fn("model", &C::model, Word());
  fn("epochs", &C::epochs, Whole{1, kMostEpochs});
  fn("batch_size", &C::batch_size, Whole{1, kMostBatch});
  fn("lr", &C::lr, Real{false});
  fn("optimizer", &C::optimizer, Word());
  fn("schedule", &C::schedule, Word());
  fn("weight_decay", &C::weight_decay, Real{true});
  fn("device", &C::device, Word());
  fn("seed", &C::seed, Seed());
  fn("limit", &C::limit, Whole{0, kMost});
  fn("workers", &C::workers, Whole{0, 64});
  fn("log_steps", &C::log_steps, Whole{1, kMost});
  fn("linear_light", &C::linear_light, Switch());
  fn("max_pixels", &C::max_pixels, Whole{1, kMostPixels});
  fn("max_idx_bytes", &C::max_idx_bytes, Whole{1, kMost});
}

std::string allowed(const Whole& range) {
  return fmt::format("a whole number from {} to {}", range.least, range.most);
}
std::string allowed(Seed) {
  return fmt::format("a whole number from 0 to {}", std::numeric_limits<uint64_t>::max());
}
std::string allowed(const Real& range) {
  return range.zero_too ? "a number of 0 or more" : "a number above 0";
}
std::string allowed(Word) { return "a word"; }
std::string allowed(Switch) { return "true or false"; }

bool fits(int64_t value, const Whole& range) { return value >= range.least && value <= range.most; }
bool fits(uint64_t, Seed) { return true; }
bool fits(double value, const Real& range) {
  return std::isfinite(value) && (value > 0 || (range.zero_too && value == 0));
}
bool fits(const std::string&, Word) { return true; }
bool fits(bool, Switch) { return true; }

/// Whether all of `text` is a number that the type holds.
template <class T>
bool parse(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}
bool parse(const std::string& text, std::string& value) {
  value = text;
  return true;
}
bool parse(const std::string& text, bool& value) {
  value = text == "true";
  return value || text == "false";
}

int64_t from_json(const io::JsonValue& json, const Whole& range) {
  return json.whole(range.least, range.most);
}
uint64_t from_json(const io::JsonValue& json, Seed) { return json.whole_unsigned(); }
double from_json(const io::JsonValue& json, const Real& range) {
  const double value = json.number();
  if (!fits(value, range)) json.refuse(allowed(range));
  return value;
}
std::string from_json(const io::JsonValue& json, Word) { return json.text(); }
bool from_json(const io::JsonValue& json, Switch) { return json.flag(); }

std::string flag(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

void require(bool ok, const std::string& name, const std::string& value,
             const std::string& allowed) {
  if (!ok) throw UsageError(fmt::format("classify: {} is {}: must be {}", name, value, allowed));
}

/// Calls fn(member pointer, what may stand in it) for the field of that name.
template <class F>
void with_field(std::string_view name, F&& fn) {
  bool found = false;
  visit([&](std::string_view field, auto member, const auto& range) {
    if (field != name) return;
    found = true;
    fn(member, range);
  });
  if (!found) throw ValueError(fmt::format("classify: a run has no setting \"{}\"", name));
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
  require(c.optimizer != "rprop" || c.weight_decay == 0, "--weight-decay",
          fmt::format("{}", c.weight_decay), "0 with rprop, which has none");
  visit([&](const char* name, auto member, const auto& range) {
    require(fits(c.*member, range), flag(name), fmt::format("{}", c.*member), allowed(range));
  });
}

void set_field(ClassifyConfig& config, std::string_view name, const std::string& text) {
  with_field(name, [&](auto member, const auto& range) {
    auto value = config.*member;
    require(parse(text, value) && fits(value, range), flag(std::string(name)),
            text.empty() ? "empty" : text, allowed(range));
    config.*member = value;
  });
}

std::string field_text(const ClassifyConfig& config, std::string_view name) {
  std::string text;
  with_field(name, [&](auto member, const auto&) { text = fmt::format("{}", config.*member); });
  return text;
}

int64_t parse_whole(std::string_view command, std::string_view flag, const std::string& text,
                    int64_t least, int64_t most) {
  int64_t value = 0;
  if (!parse(text, value) || value < least || value > most) {
    throw UsageError(fmt::format("{}: {} is {}: must be a whole number from {} to {}", command,
                                 flag, text.empty() ? "empty" : text, least, most));
  }
  return value;
}

std::string to_json(const ClassifyConfig& config) {
  nlohmann::ordered_json json;
  visit([&](const char* name, auto member, const auto&) { json[name] = config.*member; });
  return json.dump(2);
}

ClassifyConfig parse_classify_config(std::string_view text) {
  try {
    const auto json = io::JsonValue::parse(text, "the text");
    ClassifyConfig config;
    // Written before there was a choice: then light was linear.
    config.linear_light = true;
    for (const auto& [key, value] : json.members()) {
      bool known = false;
      visit([&, &key = key, &value = value](const char* name, auto member, const auto& range) {
        if (key != name) return;
        known = true;
        config.*member = from_json(value, range);
      });
      // One that is not known would be left out silently, and the run be another.
      if (!known) json.fail(fmt::format("key '{}' is no setting of a run", key));
    }
    return config;
  } catch (const io::JsonFault& fault) {
    throw IoError(fmt::format("config: not the JSON of a classify run: {}", fault.what()));
  }
}

std::vector<std::string> resume_conflicts(const ClassifyConfig& now, const ClassifyConfig& before) {
  std::vector<std::string> lines;
  const bool pictures = now.data.starts_with("images:");
  visit([&](const std::string& name, auto member, const auto&) {
    if (now.*member == before.*member || name == "device" || name == "workers") return;
    if (name == "max_pixels" || name == "max_idx_bytes") return;
    if (name == "linear_light" && !pictures) return;
    if (name == "epochs" && now.schedule == "constant" && before.schedule == "constant") return;
    lines.push_back(
        fmt::format("{}: {} now, {} in the checkpoint", flag(name), now.*member, before.*member));
  });
  return lines;
}

}  // namespace ct::train
