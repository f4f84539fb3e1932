// Named figures, which a run is told by: loss, accuracy, whatever a task counts. Each is a sum with
// the weight that it was taken over, so that steps add up to an epoch whatever their sizes, and a
// resumed run to the same bits.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customtensor/export.hpp"

namespace ct::train {

struct Figure {
  std::string name;
  double sum = 0;
  double weight = 0;  ///< what the sum is over: samples, tokens, pixels, steps; 0: nothing yet

  /// 0 while there is nothing.
  double mean() const { return weight > 0 ? sum / weight : 0; }
  friend bool operator==(const Figure&, const Figure&) = default;
};

/// A figure that is done, to be shown or written.
using NamedValue = std::pair<std::string, double>;

/// Figures in the order in which they were first added. Plain data; a handful, found by comparing.
class CT_API Figures {
 public:
  Figures() = default;
  /// A name that comes twice adds up.
  Figures(std::initializer_list<Figure> figures);

  /// Adds sum and weight to the figure of that name, or makes it the last one.
  void add(const Figure& figure);
  Figures& operator+=(const Figures& other);
  friend Figures operator+(Figures a, const Figures& b) { return a += b; }

  /// Null if there is no figure of that name. Good until the next add().
  const Figure* find(std::string_view name) const;
  /// `otherwise` if there is no figure of that name, or nothing in it.
  double mean(std::string_view name, double otherwise) const;
  /// The means of all that hold something.
  std::vector<NamedValue> means() const;
  /// Weight of the first figure: the samples that these figures are of. 0 if there is none.
  double samples() const { return figures_.empty() ? 0 : figures_.front().weight; }

  bool empty() const { return figures_.empty(); }
  size_t size() const { return figures_.size(); }
  std::vector<Figure>::const_iterator begin() const { return figures_.begin(); }
  std::vector<Figure>::const_iterator end() const { return figures_.end(); }
  friend bool operator==(const Figures&, const Figures&) = default;

 private:
  std::vector<Figure> figures_;
};

}  // namespace ct::train
