// metrics.jsonl: see metrics.hpp. Lines are opened, appended and closed one by one: some lines a
// second at most, and a full disk is noticed at the line it hits. Lines are only ever taken away by
// a new file in the place of the old one.
#include "customtensor/train/metrics.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/io.hpp"
#include "io/json_reader.hpp"
#include "train/run/record_fields.hpp"

namespace ct::train {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double number(const io::JsonValue& json) { return json.is_null() ? kNone : json.number(); }

}  // namespace

double MetricsRecord::figure(std::string_view name) const {
  if (name == "loss") return loss;
  if (name == "accuracy") return accuracy;
  for (const auto& [known, value] : figures) {
    if (known == name) return value;
  }
  return kNone;
}

std::string to_json(const MetricsRecord& r) {
  Json json = {{"epoch", r.epoch}, {"step", r.step}, {"split", r.split}};
  if (!std::isnan(r.loss)) json["loss"] = r.loss;
  if (!std::isnan(r.accuracy)) json["accuracy"] = r.accuracy;
  for (const auto& [name, value] : r.figures) json[name] = value;
  json["images_per_second"] = r.images_per_second;
  json["seconds"] = r.seconds;
  return json.dump();
}

MetricsRecord parse_metrics_record(std::string_view line) {
  try {
    const auto json = io::JsonValue::parse(line, "it");
    MetricsRecord record{.epoch = json.at("epoch").whole(),
                         .step = json.at("step").whole(),
                         .split = json.at("split").text(),
                         .loss = kNone,
                         .accuracy = kNone,
                         .images_per_second = json.at("images_per_second").number(0),
                         .seconds = json.at("seconds").number(0)};
    for (const auto& [name, value] : json.members()) {
      if (is_record_field(name)) continue;
      if (name == "loss") {
        record.loss = number(value);
      } else if (name == "accuracy") {
        record.accuracy = number(value);
      } else {
        record.figures.emplace_back(name, number(value));
      }
    }
    return record;
  } catch (const io::JsonFault& fault) {
    constexpr size_t kMostShown = 200;
    throw IoError(fmt::format("metrics: not a line of figures: \"{}\" ({})",
                              line.substr(0, kMostShown), fault.what()));
  }
}

MetricsLog::MetricsLog(std::filesystem::path path, int64_t keep) : path_(std::move(path)) {
  std::vector<std::string> lines;
  if (keep > 0) {
    std::ifstream in(path_);
    std::string line;
    while (static_cast<int64_t>(lines.size()) < keep && std::getline(in, line)) {
      records_.push_back(parse_metrics_record(line));
      lines.push_back(line);
    }
    if (static_cast<int64_t>(lines.size()) < keep) {
      throw IoError(fmt::format(
          "metrics: {} has {} lines, but the checkpoint was written after {}; start over with "
          "--overwrite, or bring the file back",
          path_.string(), lines.size(), keep));
    }
  }
  if (keep > 0) {
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    std::error_code ignored;  // where nothing is to go, the file stays, and who watches it
    if (std::filesystem::file_size(path_, ignored) != text.size()) {
      io::write_file_atomically(path_, text);
    }
    return;
  }
  std::ofstream out(path_, std::ios::trunc);
  out.close();
  if (!out) {
    throw IoError(fmt::format("metrics: cannot write {}: {}", path_.string(), strerror(errno)));
  }
}

void MetricsLog::append(const MetricsRecord& record) {
  std::ofstream out(path_, std::ios::app);
  out << to_json(record) << '\n';
  out.close();
  if (!out) {
    throw IoError(fmt::format("metrics: cannot write {}: {}", path_.string(), strerror(errno)));
  }
  records_.push_back(record);
}

}  // namespace ct::train
