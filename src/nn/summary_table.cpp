// A summary as text.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "customtensor/nn/summary.hpp"

namespace ct::nn {
namespace {

constexpr size_t kWidth = 80;
constexpr const char* kGap = "  ";

/// "1,199,882", or "" for 0.
std::string count_text(int64_t count) {
  if (count == 0) return "";
  std::string text = std::to_string(count);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), 1, ',');
  }
  return text;
}

/// "98.00 KiB", "3.83 M": `value` in the largest of the units, each `step` of the one before, that
/// leaves a number of at least 1.
std::string scaled_text(int64_t value, double step, std::array<const char*, 6> units) {
  if (value == 0) return "";
  auto number = static_cast<double>(value);
  size_t unit = 0;
  for (; number >= step && unit + 1 < units.size(); ++unit) number /= step;
  return unit == 0 ? fmt::format("{}{}", value, units[0])
                   : fmt::format("{:.{}f}{}", number,
                                 number < 10    ? 2
                                 : number < 100 ? 1
                                                : 0,
                                 units[unit]);
}
std::string products_text(int64_t count) {
  return scaled_text(count, 1000, {"", " K", " M", " G", " T", " P"});
}
std::string bytes_text(int64_t bytes) {
  return scaled_text(bytes, 1024, {" B", " KiB", " MiB", " GiB", " TiB", " PiB"});
}

using Row = std::array<std::string, 5>;

Row row_of(const LayerSummary& layer) {
  return {layer.name.empty() ? layer.type : fmt::format("{} ({})", layer.name, layer.type),
          to_string(layer.output), count_text(layer.parameters), products_text(layer.multiply_adds),
          bytes_text(layer.activation_bytes)};
}

}  // namespace

std::string Summary::table() const {
  std::vector<Row> rows = {{"layer", "output", "parameters", "mult-adds", "activations"}};
  for (const LayerSummary& layer : layers) rows.push_back(row_of(layer));
  rows.push_back({"total", "", count_text(parameters), products_text(multiply_adds),
                  bytes_text(activation_bytes)});
  std::array<size_t, 5> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  // What is too wide is the names: of those the end says most.
  const size_t others = widths[1] + widths[2] + widths[3] + widths[4] + 4 * 2;
  widths[0] = std::min(widths[0], std::max<size_t>(kWidth - std::min(others, kWidth), 12));
  std::string text;
  for (Row& row : rows) {
    if (row[0].size() > widths[0]) row[0].replace(0, row[0].size() - widths[0] + 2, "..");
    std::string line = fmt::format("{:<{}}{}{:<{}}", row[0], widths[0], kGap, row[1], widths[1]);
    for (size_t i = 2; i < row.size(); ++i) {
      line += fmt::format("{}{:>{}}", kGap, row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  const int64_t frozen = parameters - trainable_parameters;
  text +=
      fmt::format("parameters: {}{}\n", parameter_bytes == 0 ? "none" : bytes_text(parameter_bytes),
                  frozen == 0 ? "" : fmt::format(", {} of them frozen", count_text(frozen)));
  return text;
}

}  // namespace ct::nn
