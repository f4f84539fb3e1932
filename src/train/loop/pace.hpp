// Clocks of the training loop, and how fast it has been lately. Internal.
#pragma once

#include <chrono>
#include <cstdint>

namespace ct::train {

using Clock = std::chrono::steady_clock;

inline double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Samples a second, smoothed from one look at the progress to the next.
class Pace {
 public:
  /// From here the next look is counted.
  void restart() {
    shown_ = Clock::now();
    steps_ = 0;
  }
  void step() { ++steps_; }
  /// Whether it is time to look again.
  bool due() const { return since(shown_) >= kInterval; }
  /// Of the steps since restart() and, less and less, of those before; 0: not known yet.
  double update(int64_t batch_size) {
    const double elapsed = since(shown_);
    if (elapsed > 0 && steps_ > 0) {
      const double now = static_cast<double>(steps_ * batch_size) / elapsed;
      speed_ = speed_ > 0 ? 0.8 * speed_ + 0.2 * now : now;
    }
    return speed_;
  }

 private:
  static constexpr double kInterval = 0.1;  // seconds
  Clock::time_point shown_ = Clock::now();
  int64_t steps_ = 0;
  double speed_ = 0;
};

}  // namespace ct::train
