// Reads ops/*.z, makes the inputs that their recipes describe, and has the registry of ops by name.
#include "reference/op_data.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "support/scratch_folder.hpp"

namespace ct::test {

namespace {

using Json = nlohmann::json;
constexpr uint32_t kUpstream = 100;  // the stream of output 0's upstream gradient

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kSpecial[] = {kNan,
                              kInf,
                              -kInf,
                              0.0F,
                              -0.0F,
                              1e-45F,
                              -1e-45F,
                              1e-40F,
                              -1e-40F,
                              1.17549435e-38F,
                              -1.17549435e-38F,
                              3.4028235e38F,
                              -3.4028235e38F,
                              1e30F,
                              -1e30F,
                              1e-30F,
                              -1e-30F,
                              1e10F,
                              -1e10F,
                              88.5F,
                              -88.5F,
                              100.0F,
                              -104.0F,
                              1.0F,
                              -1.0F,
                              0.5F,
                              -0.5F,
                              1.5F,
                              -1.5F,
                              2.5F,
                              -2.5F,
                              3.0F,
                              -3.0F,
                              0.99999994F,
                              -0.99999994F,
                              16777216.0F,
                              1e5F,
                              -1e5F,
                              20.5F,
                              -20.5F};

/// 32 bits for a place of a stream.
uint32_t hashed(uint32_t stream, uint32_t place) {
  uint32_t x = stream * 0x9E3779B9U + place * 0x85EBCA6BU;
  x ^= x >> 16;
  x *= 0x7FEB352DU;
  x ^= x >> 15;
  x *= 0x846CA68BU;
  return x ^ x >> 16;
}

double number(const DataInput& in, uint32_t stream, uint32_t place) {
  const uint32_t bits = hashed(stream, place);
  if (in.values == "special") {
    return static_cast<double>(kSpecial[(stream == 1 ? place : bits) % std::size(kSpecial)]);
  }
  if (in.values == "whole") {
    return in.low + std::fmod(static_cast<double>(bits >> 8), in.high - in.low + 1);
  }
  const auto low = static_cast<double>(static_cast<float>(in.low));
  const auto high = static_cast<double>(static_cast<float>(in.high));
  const double u = static_cast<double>(bits >> 8) * 0x1p-24;
  return static_cast<double>(static_cast<float>(low + u * (high - low)));
}

/// The same values, stored as `view` says.
Tensor stored_as(const std::string& view, const Tensor& x) {
  if (x.dim() == 0 || view == "dense") return x;
  if (view == "transposed") {
    Dims order;
    for (int64_t i = x.dim(); i-- > 0;) order.push_back(i);
    return x.permute(order).contiguous().permute(order);
  }
  Shape twice = x.shape();
  twice[twice.rank() - 1] *= 2;
  const Tensor wide = zeros(twice, {.dtype = x.dtype(), .device = x.device()});
  Tensor target = wide.slice(-1, Slice(std::nullopt, std::nullopt, 2));
  if (view == "reversed") {
    target = wide.slice(-1, Slice(std::nullopt, std::nullopt, -1)).slice(-1, Slice(0, x.size(-1)));
  }
  target.copy_(x);
  return target;
}

Shape shape_of(const Json& sizes) {
  Shape shape;
  for (const int64_t size : sizes) shape.push_back(size);
  return shape;
}

DType dtype_named(const std::string& wanted) {
  for (const DType dtype : {float32, float64, int32, int64, uint8, bool_}) {
    if (wanted == name(dtype)) return dtype;
  }
  throw std::runtime_error("no dtype " + wanted);
}

DataCase parse_case(const Json& json) {
  DataCase data;
  data.op = json.at("op");
  data.args = Args(json.at("args"));
  data.tolerance = json.at("tolerance");
  data.absolute = json.at("absolute");
  data.to_scale = json.at("relative") == "scale";
  for (const Json& in : json.at("in")) {
    data.inputs.push_back({shape_of(in.at("shape")), in.at("view"), in.at("values"), in.at("low"),
                           in.at("high"), dtype_named(in.at("dtype"))});
  }
  for (const Json& out : json.at("out")) {
    data.outputs.push_back({shape_of(out.at("shape")), dtype_named(out.at("dtype"))});
  }
  data.has_gradient = json.at("grad").get<std::vector<bool>>();
  return data;
}

std::string inflated(const std::string& bytes) {
  std::string out(bytes.size() * 40 + (1U << 20), '\0');
  auto size = static_cast<uLongf>(out.size());
  if (uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                 reinterpret_cast<const Bytef*>(bytes.data()),
                 static_cast<uLong>(bytes.size())) != Z_OK) {
    throw std::runtime_error("not zlib, or larger than expected");
  }
  out.resize(size);
  return out;
}

void load(const std::filesystem::path& path, std::map<std::string, std::vector<DataCase>>& all) {
  static_assert(std::endian::native == std::endian::little);
  const std::string bytes = inflated(read_file(path));
  uint32_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  size_t at = sizeof(length) + length;
  const auto take = [&](const Shape& shape) {
    std::vector<float> values(static_cast<size_t>(numel(shape)));
    if (at + values.size() * sizeof(float) > bytes.size()) throw std::runtime_error("cut off");
    if (!values.empty()) {
      std::memcpy(values.data(), bytes.data() + at, values.size() * sizeof(float));
    }
    at += values.size() * sizeof(float);
    return values;
  };
  for (const Json& json : Json::parse(bytes.substr(sizeof(length), length))) {
    DataCase data = parse_case(json);
    for (const auto& out : data.outputs) data.values.push_back(take(out.shape));
    for (size_t i = 0; i < data.inputs.size(); ++i) {
      data.gradients.push_back(data.has_gradient[i] ? take(data.inputs[i].shape)
                                                    : std::vector<float>());
    }
    all[data.op].push_back(std::move(data));
  }
}

}  // namespace

Scalar Args::scalar(const char* name, Scalar otherwise) const {
  return maybe_scalar(name).value_or(otherwise);
}
std::optional<Scalar> Args::maybe_scalar(const char* name) const {
  if (!has(name)) return std::nullopt;
  const Json& value = values_.at(name);
  if (value.is_number_integer()) return Scalar(value.get<int64_t>());
  return Scalar(*maybe_real(name));
}
std::optional<double> Args::maybe_real(const char* name) const {
  if (!has(name)) return std::nullopt;
  const Json& value = values_.at(name);
  return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}
std::optional<int64_t> Args::maybe_integer(const char* name) const {
  return has(name) ? std::optional(values_.at(name).get<int64_t>()) : std::nullopt;
}
std::vector<int64_t> Args::list(const char* name) const {
  if (!has(name)) return {};
  const Json& value = values_.at(name);
  return value.is_array() ? value.get<std::vector<int64_t>>()
                          : std::vector<int64_t>{value.get<int64_t>()};
}
Shape Args::shape(const char* name) const {
  Shape shape;
  for (const int64_t size : list(name)) shape.push_back(size);
  return shape;
}
Dims Args::dims(const char* name) const {
  Dims dims;
  for (const int64_t value : list(name)) dims.push_back(value);
  return dims;
}

bool DataCase::special() const {
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const DataInput& in) { return in.values == "special"; });
}

std::string DataCase::describe() const {
  std::string text = op + "(";
  for (const DataInput& in : inputs) {
    text +=
        std::string(name(in.dtype)) + to_string(in.shape) + " " + in.view + " " + in.values + ", ";
  }
  return text + args.dump() + ")";
}

const std::map<std::string, std::vector<DataCase>>& data_cases() {
  static const auto cases = [] {
    std::map<std::string, std::vector<DataCase>> all;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(CT_TEST_DATA) / "reference/ops")) {
      load(entry.path(), all);
    }
    return all;
  }();
  return cases;
}

Tensor drawn(const DataInput& in, uint32_t stream, Device device) {
  std::vector<double> values(static_cast<size_t>(numel(in.shape)));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = number(in, stream, static_cast<uint32_t>(i));
  }
  return from_values(values.data(), float64, in.shape, {.dtype = in.dtype, .device = device});
}

Tensor input_of(const DataCase& data, size_t i, Device device, bool requires_grad) {
  DataInput in = data.inputs[i];
  const NoGradGuard off;
  const Shape shape = in.shape;
  if (in.view == "expanded") in.shape[0] = 1;
  Tensor x = drawn(in, static_cast<uint32_t>(i + 1), device);
  x = in.view == "expanded" ? x.expand(shape) : stored_as(in.view, x);
  x = x.detach();
  if (requires_grad && is_floating(in.dtype)) x.requires_grad_();
  return x;
}

Tensor upstream_of(const DataCase& data, size_t k, Device device) {
  const DataInput uniform{data.outputs[k].shape, "dense", "uniform", -1, 1, data.outputs[k].dtype};
  return drawn(uniform, kUpstream + static_cast<uint32_t>(k), device);
}

const DataOps& data_ops() {
  static const DataOps ops = [] {
    DataOps all;
    for (const auto& add :
         {add_pointwise_ops, add_activation_ops, add_reduce_ops, add_shape_ops, add_indexing_ops,
          add_linalg_ops, add_nn_ops, add_conv_ops, add_pool_ops, add_loss_ops, add_layer_ops,
          add_creation_ops, add_resample_ops, add_fft_ops}) {
      add(all);
    }
    return all;
  }();
  return ops;
}

}  // namespace ct::test
