// Modules are named by their place: "0", "1", ...
#include "customtensor/nn/container/sequential.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "customtensor/error.hpp"

namespace ct::nn {

Sequential::Sequential(std::initializer_list<Part> modules) {
  items_.reserve(modules.size());
  for (const Part& part : modules) items_.push_back(part.take());
  // Sequential{other}: compilers differ in whether that is a copy or a list of one.
  if (items_.size() != 1) return;
  if (auto* same = dynamic_cast<Sequential*>(&items_.front().module())) {
    Sequential whole = std::move(*same);
    *this = std::move(whole);
  }
}

Module& Sequential::operator[](int64_t i) {
  if (i < 0 || i >= size()) {
    throw IndexError(fmt::format("Sequential: no module {}: there are {}", i, size()));
  }
  return items_[static_cast<size_t>(i)].module();
}

void Sequential::members(Members& m) {
  for (size_t i = 0; i < items_.size(); ++i) m(std::to_string(i), items_[i].module());
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const AnyModule& item : items_) y = item.module()(y);
  return y;
}

}  // namespace ct::nn
