// The progress display: see terminal.hpp. Everything goes to standard error, so that standard
// output holds the final figures only.
#include "terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace ct_train {

namespace {

/// Asked at every line, so that a resized window is followed.
int terminal_width() {
  winsize size = {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
      const std::string_view text(value);
      return text.find("UTF-8") != text.npos || text.find("utf8") != text.npos ||
             text.find("UTF8") != text.npos;
    }
  }
  return false;
}

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace

Display::Display() : terminal_(is_terminal()), unicode_(locale_is_utf8()) {}

Display::~Display() { clear(); }

void Display::show(const ct::train::Progress& progress) {
  if (!terminal_) return;
  fmt::print(stderr, "\r{}\033[K", ct::train::progress_line(progress, terminal_width(), unicode_));
  std::fflush(stderr);
  line_open_ = true;
}

void Display::show(const ct::KernelBuild& build) {
  constexpr double kSilentSeconds = 1;
  if (build.seconds < kSilentSeconds) return;
  if (!terminal_) {
    if (!said_compiling_) print("compiling kernels for this device: only the first time");
    said_compiling_ = true;
    return;
  }
  if (build.done) return clear();
  fmt::print(stderr, "\r{}\033[K", ct::build_line(build));
  std::fflush(stderr);
  line_open_ = true;
}

void Display::add(const ct::train::MetricsRecord& record, int64_t epochs) {
  if (record.split == "train") train_ = record;
  if (record.split != "test") return;
  const auto digits = static_cast<int>(std::to_string(epochs).size());
  print(
      fmt::format("epoch {:>{}}/{}  train loss {:.4f} acc {:.2f}%  test loss {:.4f} acc {:.2f}%"
                  "  {} img/s  {}",
                  record.epoch, digits, epochs, train_.loss, 100 * train_.accuracy, record.loss,
                  100 * record.accuracy, ct::train::grouped(std::llround(train_.images_per_second)),
                  ct::train::duration_text(record.seconds)));
}

void Display::print(const std::string& line) {
  clear();
  fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
}

void Display::clear() {
  if (!line_open_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  line_open_ = false;
}

}  // namespace ct_train
