// The line that shows how a run is getting on: one that is rewritten on a terminal, text made here
// so that it can be tested, printed by the program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/train/figures.hpp"

namespace ct::train {

/// Where a run is. Steps are those of the epoch.
struct Progress {
  int64_t epoch = 1, epochs = 1;
  int64_t step = 0, steps = 1;
  double loss = 0, accuracy = 0;         ///< mean over the epoch so far; NaN: the task has none
  double images_per_second = 0;          ///< samples of any kind, lately; 0: not known yet
  double seconds_left = -1;              ///< of the whole run; negative: not known yet
  std::vector<NamedValue> figures = {};  ///< the task's others, likewise; shown after accuracy
};

/// "epoch 2/5 ━━━━╌╌╌╌ 412/938  loss 0.4123  acc 85.3%  2,812 img/s  0:42 left", never longer than
/// `width` columns: the bar shrinks first, then parts are left out from the right.
CT_API std::string progress_line(const Progress& progress, int width, bool unicode = true);

/// "0:07", "12:05", "1:02:03".
CT_API std::string clock_text(double seconds);
/// "8.3 s", "1 min 47 s", "2 h 05 min".
CT_API std::string duration_text(double seconds);
/// "1,234,567"
CT_API std::string grouped(int64_t number);
/// "512 B", "1.5 MiB", "128 GiB".
CT_API std::string bytes_text(uint64_t bytes);

}  // namespace ct::train
