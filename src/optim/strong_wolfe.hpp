// A line search for a point that satisfies the strong Wolfe conditions. Internal.
#pragma once

#include <cstdint>
#include <functional>

#include "customtensor/tensor.hpp"

namespace ct::optim {

/// A point of the line: its place, the loss, the gradient there and its slope along the line.
struct LinePoint {
  double t = 0, loss = 0;
  Tensor gradient;
  double slope = 0;
};

struct LineSearch {
  LinePoint point;
  int64_t evaluations = 0;
};

/// From `start` (t = 0), first trying `t`: f(t) <= f(0) + 1e-4 t f'(0) and |f'(t)| <= 0.9 |f'(0)|,
/// or the best point that `most` further evaluations find. `longest` is the largest |component| of
/// the direction; a bracket of length tolerance / longest is given up. Source: Nocedal and Wright,
/// "Numerical optimization", algorithms 3.5 and 3.6; torch.optim.LBFGS
LineSearch strong_wolfe(const std::function<LinePoint(double t)>& evaluate, const LinePoint& start,
                        double t, double longest, double tolerance, int64_t most);

}  // namespace ct::optim
