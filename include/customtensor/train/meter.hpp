// Meter: figures that are summed up where they arise. A figure on a device stays there, one small
// kernel a step, and nothing waits for it; every window of steps the sums (float32 there) move into
// float64 on the host, at the same steps in every run, so that the figures of a resumed run are the
// same to the last bit.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/tensor.hpp"
#include "customtensor/train/figures.hpp"

namespace ct::train {

/// A figure is told of as a tensor each time, or as a number each time. It keeps its place, in the
/// order of the first time. A weight of 0 counts nothing. Used by one thread at a time.
///
/// Errors: ValueError for a name that a line of metrics needs itself ("epoch", "step", "split",
///         "images_per_second", "seconds") or an empty one, for a negative weight, and for a figure
///         that was a tensor before and is a number now, or the other way round; ShapeError for a
///         tensor with axes
class CT_API Meter {
 public:
  /// A mean over `weight` samples: adds weight * mean. Shapes: mean (), floating, on any device.
  /// Unrecorded; does not wait.
  void add_mean(std::string_view name, const Tensor& mean, double weight);
  void add_mean(std::string_view name, double mean, double weight = 1);
  /// A sum over `weight` samples, such as how many were right. Shapes: sum (), of any number dtype
  /// (integers are summed as int64), on any device. Unrecorded; does not wait.
  void add_sum(std::string_view name, const Tensor& sum, double weight);

  /// What was added since the last take(); waits for the devices of what was.
  Figures peek() const;
  /// The same, and starts anew.
  Figures take();
  /// Goes on from what peek() gave.
  void restore(const Figures& figures);

 private:
  struct Entry {
    std::string name;
    double number = 0;  ///< the sum while there is no tensor
    double weight = 0;
    Tensor tensor = {};  ///< the sum, on the figure's device
    bool is_number = false;
  };
  Entry& entry(std::string_view name, double weight);
  Tensor& tensor_of(Entry& entry, const Tensor& figure);

  std::vector<Entry> entries_;
};

}  // namespace ct::train
