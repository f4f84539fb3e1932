// See strong_wolfe.hpp: first steps outwards until a bracket is sure to hold such a point, then
// interpolation within the bracket. The decisions are PyTorch's, one by one.
#include "optim/strong_wolfe.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace ct::optim {
namespace {

constexpr double kDecrease = 1e-4, kCurvature = 0.9;

/// Where the cubic through two points with their slopes is least, within the bounds.
double cubic_minimum(const LinePoint& a, const LinePoint& b, double low, double high) {
  const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const auto least = [&](const LinePoint& near, const LinePoint& far) {
    return far.t - (far.t - near.t) * ((far.slope + d2 - d1) / (far.slope - near.slope + 2 * d2));
  };
  const double t = a.t <= b.t ? least(a, b) : least(b, a);
  return std::min(std::max(t, low), high);
}

}  // namespace

LineSearch strong_wolfe(const std::function<LinePoint(double t)>& evaluate, const LinePoint& start,
                        double t, double longest, double tolerance, int64_t most) {
  const auto decreases_enough = [&](const LinePoint& p) {
    return !(p.loss > start.loss + kDecrease * p.t * start.slope);
  };
  const auto is_flat = [&](const LinePoint& p) {
    return std::abs(p.slope) <= -kCurvature * start.slope;
  };
  LinePoint point = evaluate(t), before = start;
  int64_t evaluations = 1, round = 0;
  std::array<LinePoint, 2> bracket = {start, point};
  bool done = false;
  for (; round < most; ++round) {
    bracket = {before, point};
    if (!decreases_enough(point) || (round > 1 && point.loss >= before.loss)) break;
    if (is_flat(point)) {
      done = true;
      break;
    }
    if (point.slope >= 0) break;
    const double next =
        cubic_minimum(before, point, point.t + 0.01 * (point.t - before.t), point.t * 10);
    before = point;
    point = evaluate(next);
    ++evaluations;
  }
  if (done) return {point, evaluations};
  if (round == most) bracket = {start, point};

  bool stuck = false;
  size_t low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
  while (round < most) {
    if (std::abs(bracket[1].t - bracket[0].t) * longest < tolerance) break;
    const double least = std::min(bracket[0].t, bracket[1].t);
    const double largest = std::max(bracket[0].t, bracket[1].t);
    t = cubic_minimum(bracket[0], bracket[1], least, largest);
    // Near an end of the bracket twice running, or at it: a tenth inwards instead.
    const double margin = 0.1 * (largest - least);
    if (std::min(largest - t, t - least) < margin) {
      if (stuck || t >= largest || t <= least) {
        t = std::abs(t - largest) < std::abs(t - least) ? largest - margin : least + margin;
        stuck = false;
      } else {
        stuck = true;
      }
    } else {
      stuck = false;
    }
    point = evaluate(t);
    ++evaluations;
    ++round;
    const size_t high = 1 - low;
    if (!decreases_enough(point) || point.loss >= bracket[low].loss) {
      bracket[high] = point;
      low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
      continue;
    }
    const bool flat = is_flat(point);
    if (!flat && point.slope * (bracket[high].t - bracket[low].t) >= 0) {
      bracket[high] = bracket[low];
    }
    bracket[low] = point;
    if (flat) break;
  }
  return {bracket[low], evaluations};
}

}  // namespace ct::optim
