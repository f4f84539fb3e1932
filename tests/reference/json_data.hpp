// Reference data that is JSON under zlib (reference/*.z, each written by the .py beside it), and
// the formula by which both sides make parameters and inputs, so that only results are stored.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::test {

/// What is in reference/<name>.z.
nlohmann::json read_reference(const std::string& name);

/// Tensor `number` of a case: element i is sin(1.3 i + 0.7 number + 0.1) / 2, in float64.
inline Tensor wave(int number, const Shape& shape, Device device) {
  std::vector<double> values(static_cast<size_t>(numel(shape)));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 0.5 * std::sin(1.3 * static_cast<double>(i) + 0.7 * number + 0.1);
  }
  return tensor(std::span<const double>(values), {.dtype = float64, .device = device})
      .reshape(shape);
}

/// Whether `actual` is what is stored; an undefined gradient is one of zeros.
inline ::testing::AssertionResult as_stored(const Tensor& actual, const nlohmann::json& stored,
                                            double tolerance) {
  const auto values = stored["values"].get<std::vector<double>>();
  if (!actual.defined())
    return near(zeros({static_cast<int64_t>(values.size())}), values, tolerance);
  const Shape shape(stored["shape"].get<std::vector<int64_t>>());
  if (actual.shape() != shape) {
    return ::testing::AssertionFailure()
           << "shape " << to_string(actual.shape()) << ", expected " << to_string(shape);
  }
  return near(actual, values, tolerance);
}

}  // namespace ct::test
