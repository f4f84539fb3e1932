// Whether an element's result depends on its neighbours in a vector. Every tuple of operands is
// computed among copies of itself, alone, and beside ordinary, huge, tiny, zero, negative, infinite
// and NaN ones: the bits must be the same.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <customtensor/ops.hpp>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace ct::test {

/// Numbers at which functions change their path, as far as the dtype has them.
inline Tensor lane_values(DType dtype) {
  if (dtype == bool_) return tensor({0., 1.}).to(bool_);
  if (is_integral(dtype)) {
    if (dtype == uint8) return tensor({0, 1, 2, 3, 7, 31, 100, 255}).to(uint8);
    if (!is_signed(dtype)) {
      return tensor(std::vector<int64_t>{0, 1, 2, 3, 7, 31, 32, 63, 64, 1000, 65535, -1, -2,
                                         std::numeric_limits<int64_t>::min()})
          .to(dtype);
    }
    const int64_t last = std::numeric_limits<int64_t>::max() >> (64 - 8 * item_size(dtype));
    return tensor(std::vector<int64_t>{0, 1, -1, 2, -2, 3, 7, -8, 31, 32, 63, 64, 1000, -12345,
                                       last, -last, -last - 1, last / 2})
        .to(dtype);
  }
  const double most = dtype == float64    ? std::numeric_limits<double>::max()
                      : dtype == float16  ? 65504
                      : dtype == bfloat16 ? 0x1.fep127
                                          : std::numeric_limits<float>::max();
  const double least = dtype == float64   ? std::numeric_limits<double>::denorm_min()
                       : dtype == float16 ? 0x1p-24
                                          : std::numeric_limits<float>::denorm_min();
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return tensor(std::vector<double>{0,    -0.0,  1,      -1,    0.5,    -0.75,    2,         3,
                                    -3.5, 9.5,   1e-3,   5e-3,  -7e-3,  1e-4,     0.1,       1e-9,
                                    40,   -88.5, -13.25, 100,   1e5,    -1e6,     1.5e7,     1e10,
                                    1e30, most,  -most,  least, -least, infinity, -infinity, nan})
      .to(dtype);
}

/// Tuples of them: every value, every pair, or some triples.
inline Tensors lane_operands(int arity, DType dtype) {
  const Tensor values = lane_values(dtype);
  const int64_t n = values.numel();
  std::vector<std::vector<int64_t>> places(static_cast<size_t>(arity));
  std::mt19937 random(1);
  for (int64_t i = 0; i < (arity == 1 ? n : arity == 2 ? n * n : 300); ++i) {
    for (int k = 0; k < arity; ++k) {
      places[static_cast<size_t>(k)].push_back(arity == 3 ? static_cast<int64_t>(random()) % n
                                               : k == 0   ? i % n
                                                          : i / n);
    }
  }
  Tensors operands;
  for (const auto& place : places) operands.push_back(index_select(values, 0, tensor(place)));
  return operands;
}

/// The bits of each element; one pattern for every NaN.
inline std::vector<uint64_t> bits_of(const Tensor& t) {
  std::vector<uint64_t> bits;
  if (is_floating(t.dtype())) {
    for (const double v : t.to_vector<double>()) {
      bits.push_back(std::isnan(v) ? ~uint64_t{0} : std::bit_cast<uint64_t>(v));
    }
  } else {
    for (const int64_t v : t.to_vector<int64_t>()) bits.push_back(static_cast<uint64_t>(v));
  }
  return bits;
}

/// `run` computes outputs on the host from operands on the host, name(j) is what output j is.
inline void expect_lanes_are_alone(const Tensors& operands,
                                   const std::function<Tensors(const Tensors&)>& run,
                                   const std::function<std::string(size_t)>& name) {
  constexpr int64_t kCopies = 16;  // as many as the widest vector has lanes
  const int64_t n = operands[0].numel();
  const auto at = [&](const std::vector<int64_t>& places) {
    Tensors chosen;
    const Tensor index = tensor(places);
    for (const Tensor& operand : operands) chosen.push_back(index_select(operand, 0, index));
    return chosen;
  };
  const auto compare = [&](const std::vector<int64_t>& places,
                           const std::vector<std::vector<uint64_t>>& alone, const char* how) {
    const Tensors results = run(at(places));
    for (size_t j = 0; j < results.size(); ++j) {
      const auto bits = bits_of(results[j]);
      for (size_t i = 0; i < places.size(); ++i) {
        const auto place = static_cast<size_t>(places[i]);
        if (bits[i] == alone[j][place]) continue;
        std::string tuple;
        for (const Tensor& operand : operands) {
          tuple += (tuple.empty() ? "" : ", ") + std::to_string(operand.to_vector<double>()[place]);
        }
        ADD_FAILURE() << name(j) << "(" << tuple << ") " << how << ": "
                      << results[j].to_vector<double>()[i] << ", bits " << std::hex << bits[i]
                      << ", not " << alone[j][place];
        break;
      }
    }
  };

  std::vector<int64_t> copies(static_cast<size_t>(n * kCopies));
  for (size_t i = 0; i < copies.size(); ++i) copies[i] = static_cast<int64_t>(i) / kCopies;
  std::vector<std::vector<uint64_t>> alone;
  for (const Tensor& result : run(at(copies))) {
    const auto bits = bits_of(result);
    alone.emplace_back();
    for (size_t i = 0; i < bits.size(); i += kCopies) alone.back().push_back(bits[i]);
  }
  compare(copies, alone, "beside copies of itself");
  for (int64_t i = 0; i < n; i += std::max<int64_t>(1, n / 24)) compare({i}, alone, "alone");
  std::vector<int64_t> places(static_cast<size_t>(n));
  std::iota(places.begin(), places.end(), int64_t{0});
  std::mt19937 random(2);
  for (int round = 0; round < 4; ++round) {
    std::shuffle(places.begin(), places.end(), random);
    // Other lengths, so that the last vector is partly filled.
    compare({places.begin(), places.end() - std::min<int64_t>(n - 1, round)}, alone,
            "among others");
  }
}

}  // namespace ct::test
