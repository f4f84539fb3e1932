// Members: gathers what modules name, with the path of names that leads there.
#include "customtensor/nn/members.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/nn/module.hpp"

namespace ct::nn {

size_t Members::enter(std::string_view name) {
  if (name.empty() || name.find('.') != std::string_view::npos) {
    throw ValueError(
        fmt::format("Module::members: a name must not be empty nor hold '.': \"{}\" under \"{}\"",
                    name, prefix_));
  }
  const size_t outer = prefix_.size();
  prefix_ += name;
  prefix_ += '.';
  return outer;
}

void Members::leave(size_t outer) { prefix_.resize(outer); }

void Members::operator()(std::string_view name, Tensor& parameter) {
  const size_t outer = enter(name);
  if (parameter.defined()) {
    entries_.push_back(
        {.name = prefix_.substr(0, prefix_.size() - 1), .tensor = &parameter, .is_buffer = false});
  }
  leave(outer);
}

void Members::buffer(std::string_view name, Tensor& buffer) {
  (*this)(name, buffer);
  if (buffer.defined()) entries_.back().is_buffer = true;
}

void Members::lazy(std::string_view name, LazyModule& module) {
  const size_t outer = enter(name);
  entries_.push_back({.name = prefix_.substr(0, prefix_.size() - 1), .lazy = &module});
  leave(outer);
}

void Members::operator()(std::string_view name, Module& child) {
  const size_t outer = enter(name);
  entries_.push_back({.name = prefix_.substr(0, prefix_.size() - 1), .module = &child});
  child.members(*this);
  leave(outer);
}

void Members::operator()(Module& wrapped) {
  const size_t own = prefix_.empty() ? 0 : prefix_.size() - 1;
  entries_.push_back({.name = prefix_.substr(0, own), .module = &wrapped});
  wrapped.members(*this);
}

}  // namespace ct::nn
