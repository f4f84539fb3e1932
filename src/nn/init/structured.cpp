// Made on the host, once in a network's life, and copied to where the tensor is.
#include "customtensor/nn/init/structured.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/random.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn::init {

namespace {

void check_matrix(const char* name, const Tensor& t) {
  if (t.defined() && t.dim() == 2) return;
  throw ShapeError(fmt::format("{}: the tensor must be a matrix: {}", name,
                               t.defined() ? to_string(t.shape()) : "undefined"));
}

void write(Tensor& t, const std::vector<double>& values) {
  t.copy_(from_values(values.data(), float64, t.shape(), {.dtype = float64, .device = "cpu"}));
}

}  // namespace

Tensor eye_(Tensor t) {
  check_matrix("eye_", t);
  const NoGradGuard off;
  const int64_t columns = t.size(1);
  std::vector<double> values(static_cast<size_t>(t.numel()), 0.0);
  for (int64_t i = 0; i < std::min(t.size(0), columns); ++i) {
    values[static_cast<size_t>(i * columns + i)] = 1.0;
  }
  write(t, values);
  return t;
}

Tensor dirac_(Tensor t, int64_t groups) {
  if (!t.defined() || t.dim() < 3 || t.dim() > 5) {
    throw ShapeError(
        fmt::format("dirac_: the tensor must be (out, in, k...) with one to three k: {}",
                    t.defined() ? to_string(t.shape()) : "undefined"));
  }
  if (groups < 1 || t.size(0) % groups != 0) {
    throw ValueError(fmt::format("dirac_: groups must divide the outputs: groups {}, outputs {}",
                                 groups, t.size(0)));
  }
  const NoGradGuard off;
  const int64_t outputs = t.size(0) / groups, inputs = t.size(1);
  int64_t area = 1, middle = 0;
  for (int64_t axis = 2; axis < t.dim(); ++axis) {
    middle = middle * t.size(axis) + t.size(axis) / 2;
    area *= t.size(axis);
  }
  std::vector<double> values(static_cast<size_t>(t.numel()), 0.0);
  for (int64_t g = 0; g < groups; ++g) {
    for (int64_t i = 0; i < std::min(outputs, inputs); ++i) {
      values[static_cast<size_t>(((g * outputs + i) * inputs + i) * area + middle)] = 1.0;
    }
  }
  write(t, values);
  return t;
}

Tensor orthogonal_(Tensor t, double gain, Generator* generator) {
  if (!t.defined() || t.dim() < 2) {
    throw ShapeError(fmt::format("orthogonal_: the tensor must have two axes at least: {}",
                                 t.defined() ? to_string(t.shape()) : "undefined"));
  }
  if (t.numel() == 0) return t;
  const NoGradGuard off;
  const int64_t rows = t.size(0), columns = t.numel() / rows;
  Tensor drawn = empty({rows, columns}, {.dtype = float64, .device = "cpu"});
  normal_(drawn, 0.0, 1.0, generator);
  if (rows < columns) drawn = drawn.transpose(0, 1).contiguous();
  const auto [q, r] = linalg::qr(drawn);
  // Unique, and so uniform over the orthogonal matrices, if r's diagonal is positive.
  Tensor result = q * sign(diagonal(r));
  if (rows < columns) result = result.transpose(0, 1);
  t.copy_((result * gain).reshape(t.shape()));
  return t;
}

Tensor sparse_(Tensor t, double sparsity, double deviation, Generator* generator) {
  check_matrix("sparse_", t);
  if (!(sparsity >= 0.0 && sparsity <= 1.0)) {
    throw ValueError(fmt::format("sparse_: sparsity must be in [0, 1]: {}", sparsity));
  }
  const NoGradGuard off;
  const int64_t rows = t.size(0), columns = t.size(1);
  const auto zeros = static_cast<int64_t>(std::ceil(sparsity * static_cast<double>(rows)));
  Tensor drawn = empty({rows, columns}, {.dtype = float64, .device = "cpu"});
  normal_(drawn, 0.0, deviation, generator);
  auto values = drawn.to_vector<double>();
  for (int64_t j = 0; j < columns; ++j) {
    const auto order =
        randperm(rows, {.dtype = int64, .device = "cpu"}, generator).to_vector<int64_t>();
    for (int64_t i = 0; i < zeros; ++i) {
      values[static_cast<size_t>(order[static_cast<size_t>(i)] * columns + j)] = 0.0;
    }
  }
  write(t, values);
  return t;
}

}  // namespace ct::nn::init
