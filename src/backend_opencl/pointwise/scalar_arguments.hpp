// A Scalar as a kernel argument of the compute type.
#pragma once

#include "backend_opencl/runtime/runtime.hpp"
#include "customtensor/scalar.hpp"

namespace ct::opencl {

inline void set_scalar(Launch& launch, const Scalar& scalar, DType compute) {
  switch (compute) {
    case DType::float32:
      return launch.value(scalar.to<float>());
    case DType::float64:
      return launch.value(scalar.to<double>());
    case DType::int32:
      return launch.value(static_cast<int32_t>(scalar.modulo()));
    default:
      return launch.value(scalar.modulo());
  }
}

}  // namespace ct::opencl
