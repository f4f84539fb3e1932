// Comparing tensors with numbers and with each other; a failure says where.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "customtensor/ops.hpp"

namespace ct::test {

/// |actual - expected| <= tolerance * max(1, scale of expected), NaN equal to NaN.
inline ::testing::AssertionResult near(const Tensor& actual, const std::vector<double>& expected,
                                       double tolerance) {
  const auto values = actual.to_vector<double>();
  if (values.size() != expected.size()) {
    return ::testing::AssertionFailure()
           << values.size() << " elements, expected " << expected.size();
  }
  double scale = 1.0;
  for (const double e : expected) {
    if (std::isfinite(e)) scale = std::max(scale, std::abs(e));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i]) && std::isnan(expected[i])) continue;
    if (values[i] == expected[i]) continue;
    if (!(std::abs(values[i] - expected[i]) <= tolerance * scale)) {
      return ::testing::AssertionFailure() << "element " << i << ": " << values[i] << ", expected "
                                           << expected[i] << ", tolerance " << tolerance * scale;
    }
  }
  return ::testing::AssertionSuccess();
}

inline ::testing::AssertionResult near(const Tensor& actual, const Tensor& expected,
                                       double tolerance) {
  if (actual.shape() != expected.shape()) {
    return ::testing::AssertionFailure()
           << "shape " << to_string(actual.shape()) << ", expected " << to_string(expected.shape());
  }
  return near(actual, expected.to_vector<double>(), tolerance);
}

/// Runs `statement` and returns the message of the exception of type E, or fails.
template <class E, class F>
std::string message_of(F&& statement) {
  try {
    statement();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return "";
  }
  ADD_FAILURE() << "no exception";
  return "";
}

}  // namespace ct::test
