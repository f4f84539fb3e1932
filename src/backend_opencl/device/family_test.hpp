// A step of the self-test (self_test.cpp): arrays are filled, the device runs a family on them, the
// family's default runs it on the host (host_call.hpp), and what the two have written is compared.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/device/host_call.hpp"
#include "customtensor/backend.hpp"

namespace ct::opencl {

/// Different orders of summation; a driver that is wrong is so by more.
inline double tolerance(DType dtype) {
  switch (dtype) {
    case DType::float16:
    case DType::bfloat16:
      return 2e-2;
    case DType::float32:
      return 1e-3;
    case DType::float64:
      return 1e-9;
    default:
      return 0;
  }
}

inline double value_at(const char* bytes, DType dtype, size_t i) {
  const auto as = [&]<class T>() {
    T value;
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    return value;
  };
  switch (dtype) {
    case DType::float32:
      return as.operator()<float>();
    case DType::float64:
      return as.operator()<double>();
    case DType::int32:
      return as.operator()<int32_t>();
    case DType::int64:
      return static_cast<double>(as.operator()<int64_t>());
    case DType::float16:
      return static_cast<float>(as.operator()<Half>());
    case DType::bfloat16:
      return static_cast<float>(as.operator()<BFloat16>());
    default:
      return as.operator()<uint8_t>();
  }
}

class FamilyTest {
 public:
  FamilyTest(Backend& device, const std::function<void(std::string_view)>& begin)
      : device_(device), begin_(begin) {}
  ~FamilyTest() {
    for (const Array& array : arrays_) device_.deallocate(array.buffer, array.bytes.size());
  }
  FamilyTest(const FamilyTest&) = delete;
  FamilyTest& operator=(const FamilyTest&) = delete;

  /// Numbers in (-1, 1), or of integer types those from 0 to `below` - 1, in no order.
  TensorView array(DType dtype, const Shape& shape, int64_t below = 100) {
    Array made{nullptr, std::vector<char>(static_cast<size_t>(numel(shape)) * item_size(dtype))};
    for (size_t i = 0; i < static_cast<size_t>(numel(shape)); ++i) put(made, dtype, i, below);
    made.buffer = device_.allocate(made.bytes.size());
    device_.copy_from_host(made.buffer, 0, made.bytes.data(), made.bytes.size());
    arrays_.push_back(made);
    return {made.buffer, 0, dtype, shape, contiguous_strides(shape)};
  }

  /// Runs a family on the device and on the host. Further steps are left out after a wrong one.
  template <class Args>
  void step(const char* what, const char* family, const Args& args,
            void (Backend::*run)(const Args&)) {
    if (!wrong_.empty()) return;
    begin_(what);
    (device_.*run)(args);
    device_.synchronize();
    struct Result {
      TensorView view;
      std::vector<char> bytes;
    };
    std::vector<Result> results;
    for_each_view(args, [&](ViewRole role, const char*, const TensorView& view) {
      if (role != ViewRole::input) results.push_back({view, contents(view)});
    });
    for (const Array& array : arrays_) {  // as it was before
      device_.copy_from_host(array.buffer, 0, array.bytes.data(), array.bytes.size());
    }
    run_on_host(device_, family, args, run);
    for (const Result& result : results) {
      const std::vector<char> expected = contents(result.view);
      compare(what, result.view.dtype, result.bytes, expected);
    }
    for (const Array& array : arrays_) {
      device_.copy_from_host(array.buffer, 0, array.bytes.data(), array.bytes.size());
    }
  }
  void pointwise(const char* what, const ProgramPtr& program, std::span<const TensorView> inputs,
                 const TensorView& out, DType compute) {
    std::vector<Operand> operands;
    for (const TensorView& v : inputs) {
      operands.push_back({v.buffer, v.offset, v.dtype, v.strides});
    }
    const Operand to{out.buffer, out.offset, out.dtype, out.strides};
    PointwiseArgs args;
    args.program = program.get();
    args.compute = compute;
    args.shape = out.shape;
    args.inputs = operands;
    args.outputs = {&to, 1};
    args.random = {7, 3};
    step(what, "pointwise", args, &Backend::pointwise);
  }
  const std::string& wrong() const { return wrong_; }

 private:
  struct Array {
    void* buffer;
    std::vector<char> bytes;  ///< what was put into it
  };

  void put(Array& array, DType dtype, size_t i, int64_t below) {
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    const auto draw = static_cast<double>(random_ >> 40) / (1 << 24);
    const auto as = [&]<class T>(T value) {
      std::memcpy(array.bytes.data() + i * sizeof(T), &value, sizeof(T));
    };
    const auto real = 2 * draw - 1;
    const auto whole = static_cast<int64_t>(draw * static_cast<double>(below));
    switch (dtype) {
      case DType::float32:
        return as(static_cast<float>(real));
      case DType::float64:
        return as(real);
      case DType::float16:
        return as(Half(static_cast<float>(real)));
      case DType::bfloat16:
        return as(BFloat16(static_cast<float>(real)));
      case DType::int32:
        return as(static_cast<int32_t>(whole));
      case DType::int64:
        return as(whole);
      default:
        return as(static_cast<uint8_t>(whole));
    }
  }

  std::vector<char> contents(const TensorView& view) {
    std::vector<char> bytes(static_cast<size_t>(numel(view.shape)) * item_size(view.dtype));
    device_.copy_to_host(bytes.data(), view.buffer, 0, bytes.size());
    return bytes;
  }

  void compare(const char* what, DType dtype, const std::vector<char>& given,
               const std::vector<char>& expected) {
    for (size_t i = 0; i < given.size() / item_size(dtype) && wrong_.empty(); ++i) {
      const double a = value_at(given.data(), dtype, i);
      const double b = value_at(expected.data(), dtype, i);
      if (std::abs(a - b) <= tolerance(dtype) * (1 + std::abs(b))) continue;
      wrong_ = fmt::format("'{}' computes wrongly: element {} is {} and must be {}", what, i, a, b);
    }
  }

  Backend& device_;
  const std::function<void(std::string_view)>& begin_;
  std::vector<Array> arrays_;
  std::string wrong_;
  uint64_t random_ = 1;
};

}  // namespace ct::opencl
