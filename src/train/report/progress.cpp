// Text for people: the progress line, times, sizes.
#include "customtensor/train/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace ct::train {

std::string clock_text(double seconds) {
  const auto s = static_cast<int64_t>(std::ceil(std::max(0.0, seconds)));
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

std::string duration_text(double seconds) {
  if (seconds < 59.95) return fmt::format("{:.1f} s", std::max(0.0, seconds));
  const auto s = static_cast<int64_t>(std::lround(seconds));
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

std::string grouped(int64_t number) {
  std::string text = std::to_string(number);
  const int64_t first = number < 0 ? 1 : 0;
  for (auto i = static_cast<int64_t>(text.size()) - 3; i > first; i -= 3) {
    text.insert(static_cast<size_t>(i), 1, ',');
  }
  return text;
}

std::string bytes_text(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1023.5 && unit < 4) {
    value /= 1024;
    ++unit;
  }
  return unit > 0 && value < 99.95 ? fmt::format("{:.1f} {}", value, kUnits[unit])
                                   : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

std::string progress_line(const Progress& p, int width, bool unicode) {
  constexpr int kMostBar = 28, kLeastBar = 6;
  const std::string head = fmt::format("epoch {}/{} ", p.epoch, p.epochs);
  const auto digits = static_cast<int>(std::to_string(p.steps).size());
  const std::string count = fmt::format(" {:>{}}/{}", p.step, digits, p.steps);
  std::vector<std::string> parts;
  if (!std::isnan(p.loss)) parts.push_back(fmt::format("  loss {:.4f}", p.loss));
  if (!std::isnan(p.accuracy)) parts.push_back(fmt::format("  acc {:.1f}%", 100 * p.accuracy));
  for (const auto& [name, value] : p.figures)
    parts.push_back(fmt::format("  {} {:.4f}", name, value));
  if (p.images_per_second > 0) {
    parts.push_back(fmt::format("  {} img/s", grouped(std::llround(p.images_per_second))));
  }
  if (p.seconds_left >= 0) parts.push_back(fmt::format("  {} left", clock_text(p.seconds_left)));

  // The last column stays free: some terminals wrap when it is written.
  int room = width - 1 - static_cast<int>(head.size() + count.size());
  size_t shown = 0;
  while (shown < parts.size() && room - static_cast<int>(parts[shown].size()) >= kLeastBar) {
    room -= static_cast<int>(parts[shown++].size());
  }
  std::string line = head;
  if (const int bar = std::min(room, kMostBar); bar >= kLeastBar) {
    const double share =
        static_cast<double>(p.step) / static_cast<double>(std::max<int64_t>(1, p.steps));
    const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * bar);
    for (int i = 0; i < bar; ++i) {
      line += unicode ? (i < filled ? "━" : "╌") : (i < filled ? "#" : ".");
    }
  }
  line += count;
  for (size_t i = 0; i < shown; ++i) line += parts[i];
  if (!unicode || room < kLeastBar)
    line.resize(std::min(line.size(), static_cast<size_t>(std::max(0, width - 1))));
  return line;
}

}  // namespace ct::train
