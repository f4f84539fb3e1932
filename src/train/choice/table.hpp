// Tables from a name to what it stands for: the one form in which train/ keeps what can be chosen
// by a word. Constant data, so that nothing is built before main(). Internal.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace ct::train {

template <class T>
struct Choice {
  std::string_view name;
  T value;
};

/// Null if the table has no such name.
template <class T, size_t N>
const T* find_choice(const Choice<T> (&table)[N], std::string_view name) {
  for (const Choice<T>& choice : table) {
    if (choice.name == name) return &choice.value;
  }
  return nullptr;
}

template <class T, size_t N>
std::vector<std::string> names_of(const Choice<T> (&table)[N]) {
  std::vector<std::string> names;
  for (const Choice<T>& choice : table) names.emplace_back(choice.name);
  return names;
}

/// "adam or sgd", "a, b or c"
inline std::string any_of(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace ct::train
