// See parameter_list.hpp.
#include "customtensor/nn/container/parameter_list.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"

namespace ct::nn {

namespace {
Tensor checked(const char* container, Tensor parameter) {
  if (parameter.defined()) return parameter;
  throw ValueError(fmt::format("{}: the parameter is undefined; give it a value first", container));
}
}  // namespace

ParameterList::ParameterList(std::initializer_list<Tensor> parameters) {
  for (const Tensor& parameter : parameters) append(parameter);
}

ParameterList& ParameterList::append(Tensor parameter) {
  parameters_.push_back(checked("ParameterList", std::move(parameter)));
  return *this;
}

Tensor& ParameterList::operator[](int64_t i) {
  const int64_t at = i < 0 ? i + size() : i;
  if (at < 0 || at >= size()) {
    throw IndexError(
        fmt::format("ParameterList: there is no parameter {}: there are {}", i, size()));
  }
  return parameters_[static_cast<size_t>(at)];
}

void ParameterList::members(Members& m) {
  for (size_t i = 0; i < parameters_.size(); ++i) m(std::to_string(i), parameters_[i]);
}

ParameterDict& ParameterDict::insert(std::string name, Tensor parameter) {
  if (name.empty() || name.find('.') != std::string::npos) {
    throw ValueError(
        fmt::format("ParameterDict: a name must not be empty nor hold a '.': '{}'", name));
  }
  Tensor value = checked("ParameterDict", std::move(parameter));
  if (contains(name)) {
    (*this)[name] = std::move(value);
  } else {
    parameters_.emplace_back(std::move(name), std::move(value));
  }
  return *this;
}

bool ParameterDict::contains(std::string_view name) const {
  for (const auto& entry : parameters_) {
    if (entry.first == name) return true;
  }
  return false;
}

Tensor& ParameterDict::operator[](std::string_view name) {
  for (auto& [known, parameter] : parameters_) {
    if (known == name) return parameter;
  }
  throw IndexError(fmt::format("ParameterDict: there is no parameter '{}'", name));
}

void ParameterDict::members(Members& m) {
  for (auto& [name, parameter] : parameters_) m(name, parameter);
}

}  // namespace ct::nn
