// What a model is made of and costs, without running it: the forward pass is taken on a meta
// device, in milliseconds whatever the model's size.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "customtensor/dtype.hpp"
#include "customtensor/export.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/shape.hpp"

namespace ct::nn {

/// One call of a module. What a module that is called inside of it does counts there and not here,
/// so that every figure's sum over all layers is the model's.
struct LayerSummary {
  std::string name;              ///< "blocks.0.conv1"; the model's own: ""
  std::string type;              ///< its class: "Conv2d"
  Shape output;                  ///< of the tensor that it returned
  int64_t parameters = 0;        ///< elements; of a module that is called again, only once
  int64_t multiply_adds = 0;     ///< of its matrix products and convolutions
  int64_t activation_bytes = 0;  ///< that it made and that are kept for backward
};

struct Summary {
  std::vector<LayerSummary> layers;  ///< in the order of their calls, the model itself first
  int64_t parameters = 0, trainable_parameters = 0;
  int64_t parameter_bytes = 0;
  int64_t multiply_adds = 0;
  int64_t activation_bytes = 0;

  /// For people: a line a layer and the sums, at most 80 columns wide.
  CT_API std::string table() const;
};

/// Of model(x) for an x of this shape and type. Layers are what is called by operator()(x).
///
/// The model stays as it is: for the time of the call its tensors are replaced by ones of the same
/// form on a meta device. It runs in its present mode, its hooks included, and what it draws is
/// taken back from the thread's default stream.
/// Errors: those of the model; DeviceError if it reads values.
CT_API Summary summary(Module& model, const Shape& input, DType dtype = float32);

/// Of any use of `model`: `run` gets the meta device, on which it is to make the arguments, and
/// returns the result.
///   summary(attention, [&](ct::Device meta) { return attention(ct::empty({8, 2, 64}, meta), …);
///   });
CT_API Summary summary(Module& model, const std::function<Tensor(Device)>& run);

}  // namespace ct::nn
