// See freeze.hpp.
#include "customtensor/nn/adapt/freeze.hpp"

#include <fmt/format.h>

#include <string>

#include "customtensor/error.hpp"

namespace ct::nn {

bool matches(std::string_view pattern, std::string_view name) {
  // After a star, the longest rest that does not fit is given up one character at a time.
  size_t p = 0, n = 0, star = std::string_view::npos, from = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] != '*' && pattern[p] == name[n]))) {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

namespace {

int64_t set_gradients(const char* op, Module& module, std::string_view pattern, bool on) {
  int64_t count = 0;
  for (auto& [name, parameter] : module.named_parameters()) {
    if (!matches(pattern, name)) continue;
    parameter.requires_grad_(on);
    ++count;
  }
  if (count > 0) return count;
  std::string names;
  for (const auto& entry : module.named_parameters()) names += "\n  " + entry.first;
  throw ValueError(fmt::format("{}: no parameter's name matches '{}'; there are:{}", op, pattern,
                               names.empty() ? " none" : names));
}

}  // namespace

int64_t freeze(Module& module, std::string_view pattern) {
  return set_gradients("freeze", module, pattern, false);
}
int64_t unfreeze(Module& module, std::string_view pattern) {
  return set_gradients("unfreeze", module, pattern, true);
}

}  // namespace ct::nn
