// Running sums on the device: see customtensor/train/meter.hpp.
#include "customtensor/train/meter.hpp"

#include <fmt/format.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "train/run/record_fields.hpp"

namespace ct::train {

namespace {

DType dtype_of_sum(DType figure) {
  if (!is_floating(figure)) return int64;
  return figure == float64 ? float64 : float32;
}

void check_scalar(std::string_view name, const Tensor& figure) {
  if (figure.dim() == 0) return;
  throw ShapeError(fmt::format("meter: \"{}\" must be one number, of shape (): got {}", name,
                               to_string(figure.shape())));
}

void check_is_number(bool wanted, bool known, const std::string& name) {
  if (wanted == known) return;
  throw ValueError(
      fmt::format("meter: \"{}\" is a {} now and was a {} before; give it as the same each time",
                  name, wanted ? "number" : "tensor", known ? "number" : "tensor"));
}

}  // namespace

Meter::Entry& Meter::entry(std::string_view name, double weight) {
  if (!(weight >= 0)) {
    throw ValueError(
        fmt::format("meter: the weight of \"{}\" is {}: must be 0 or more", name, weight));
  }
  for (Entry& known : entries_) {
    if (known.name == name) return known;
  }
  if (name.empty() || is_record_field(name)) {
    throw ValueError(
        fmt::format("meter: a figure cannot be called \"{}\": a line of metrics has its own epoch, "
                    "step, split, images_per_second and seconds",
                    name));
  }
  return entries_.emplace_back(Entry{.name = std::string(name)});
}

/// The tensor to add `figure` to.
Tensor& Meter::tensor_of(Entry& entry, const Tensor& figure) {
  check_is_number(false, entry.is_number, entry.name);
  if (!entry.tensor.defined()) {
    const DType dtype = dtype_of_sum(figure.dtype());
    entry.tensor = zeros({}, {.dtype = dtype, .device = figure.device()});
    // After restore(): the sum goes on where it was.
    if (entry.number != 0 && is_floating(dtype)) entry.tensor.fill_(entry.number);
    if (entry.number != 0 && !is_floating(dtype)) {
      entry.tensor.fill_(static_cast<int64_t>(entry.number));
    }
  }
  return entry.tensor;
}

void Meter::add_mean(std::string_view name, const Tensor& mean, double weight) {
  check_scalar(name, mean);
  Entry& e = entry(name, weight);
  Tensor& sum = tensor_of(e, mean);
  if (weight == 0) return;
  const NoGradGuard off;
  sum.add_(mean.detach(), weight);
  e.weight += weight;
}

void Meter::add_sum(std::string_view name, const Tensor& figure, double weight) {
  check_scalar(name, figure);
  Entry& e = entry(name, weight);
  Tensor& sum = tensor_of(e, figure);
  if (weight == 0) return;
  const NoGradGuard off;
  sum.add_(figure.detach());
  e.weight += weight;
}

void Meter::add_mean(std::string_view name, double mean, double weight) {
  Entry& e = entry(name, weight);
  check_is_number(true, !e.tensor.defined(), e.name);
  e.is_number = true;
  if (weight == 0) return;
  e.number += mean * weight;
  e.weight += weight;
}

Figures Meter::peek() const {
  Figures figures;
  for (const Entry& e : entries_) {
    // Where nothing was added, nothing need be waited for.
    const bool ask = e.tensor.defined() && e.weight > 0;
    figures.add({e.name, ask ? e.tensor.item<double>() : e.number, e.weight});
  }
  return figures;
}

Figures Meter::take() {
  Figures figures = peek();
  for (Entry& e : entries_) {
    if (e.tensor.defined() && e.weight > 0) e.tensor.fill_(0);
    e.number = e.weight = 0;
  }
  return figures;
}

void Meter::restore(const Figures& figures) {
  entries_.clear();
  for (const Figure& f : figures) {
    entries_.push_back({.name = f.name, .number = f.sum, .weight = f.weight});
  }
}

}  // namespace ct::train
