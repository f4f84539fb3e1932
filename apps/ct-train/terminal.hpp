// The progress display on standard error: one line rewritten in place on a terminal, a plain line
// an epoch anywhere else.
#pragma once

#include <string>

#include "customtensor/build_progress.hpp"
#include "customtensor/train/metrics.hpp"
#include "customtensor/train/progress.hpp"

namespace ct_train {

class Display {
 public:
  Display();
  ~Display();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
  void show(const ct::train::Progress& progress);
  /// Prints the epoch's summary once its "test" record is here.
  void add(const ct::train::MetricsRecord& record, int64_t epochs);
  /// A line while kernels are compiled, once that has taken a second.
  void show(const ct::KernelBuild& build);
  /// A line of its own.
  void print(const std::string& line);

 private:
  void clear();

  bool terminal_, unicode_;
  bool line_open_ = false;
  bool said_compiling_ = false;
  ct::train::MetricsRecord train_;
};

}  // namespace ct_train
