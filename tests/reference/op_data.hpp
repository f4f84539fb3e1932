// What PyTorch made of small tensors (ops/*.z, written by op_data.py), and how to ask this library
// the same: each case names an op of the registry, which calls it with the case's inputs and
// arguments. Inputs are not stored: recipe and views are those of op_data.py.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops.hpp"

namespace ct::test {

/// The named arguments of a case, in PyTorch's words.
class Args {
 public:
  Args() = default;
  explicit Args(nlohmann::json values) : values_(std::move(values)) {}
  bool has(const char* name) const { return values_.contains(name); }
  bool is_text(const char* name) const { return has(name) && values_.at(name).is_string(); }
  double real(const char* name, double otherwise = 0) const {
    return maybe_real(name).value_or(otherwise);
  }
  int64_t integer(const char* name, int64_t otherwise = 0) const {
    return values_.value(name, otherwise);
  }
  bool flag(const char* name, bool otherwise = false) const {
    return values_.value(name, otherwise);
  }
  std::string text(const char* name, const char* otherwise = "") const {
    return values_.value(name, std::string(otherwise));
  }
  /// A whole number or a real one, as it is written.
  Scalar scalar(const char* name, Scalar otherwise = 1) const;
  std::optional<Scalar> maybe_scalar(const char* name) const;
  /// JSON has no infinities: they are written as text.
  std::optional<double> maybe_real(const char* name) const;
  std::optional<int64_t> maybe_integer(const char* name) const;
  /// One number or a list; none if it is not there.
  std::vector<int64_t> list(const char* name) const;
  Dims dims(const char* name) const;
  Shape shape(const char* name) const;
  std::string dump() const { return values_.dump(); }

 private:
  nlohmann::json values_;
};

struct DataInput {
  Shape shape;
  std::string view;    ///< how it is stored: dense, transposed, reversed, gaps, expanded
  std::string values;  ///< uniform, whole, special
  double low = 0, high = 0;
  DType dtype = float32;
};

struct DataCase {
  struct Output {
    Shape shape;
    DType dtype = float32;
  };
  std::string op;
  std::vector<DataInput> inputs;
  Args args;
  double tolerance = 0, absolute = 0;
  bool to_scale = false;  ///< tolerance relative to the largest result, not to each
  std::vector<Output> outputs;
  std::vector<bool> has_gradient;                     ///< by input
  std::vector<std::vector<float>> values, gradients;  ///< expected: by output, by input
  /// Whether it has NaN, infinities, huge and tiny numbers among its inputs.
  bool special() const;
  std::string describe() const;
};

/// All cases of all files, by op.
const std::map<std::string, std::vector<DataCase>>& data_cases();

/// The values of a recipe (shape, values, bounds and dtype of `in`), drawn from a stream.
Tensor drawn(const DataInput& in, uint32_t stream, Device device);
/// Input `i` of a case.
Tensor input_of(const DataCase& data, size_t i, Device device, bool requires_grad);
/// The upstream gradient of output `k`.
Tensor upstream_of(const DataCase& data, size_t k, Device device);

using DataOp = std::function<Tensors(const Tensors&, const Args&)>;
using DataOps = std::map<std::string, DataOp>;
/// Every op that data may name, from ops_<family>.cpp.
const DataOps& data_ops();

void add_pointwise_ops(DataOps& ops);
void add_activation_ops(DataOps& ops);
void add_reduce_ops(DataOps& ops);
void add_shape_ops(DataOps& ops);
void add_indexing_ops(DataOps& ops);
void add_linalg_ops(DataOps& ops);
void add_nn_ops(DataOps& ops);
void add_conv_ops(DataOps& ops);
void add_pool_ops(DataOps& ops);
void add_loss_ops(DataOps& ops);
void add_layer_ops(DataOps& ops);
void add_creation_ops(DataOps& ops);
void add_resample_ops(DataOps& ops);
void add_fft_ops(DataOps& ops);

}  // namespace ct::test
