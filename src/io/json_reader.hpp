// JSON from outside, read strictly: the one way in which the library reads headers, states,
// settings and lines of metrics. A text is exactly one value; a key stands once in its object; a
// number has the kind, sign and range that is asked for. What is wrong is said with its place in
// the text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customtensor/export.hpp"

namespace ct::io {

/// What is wrong with a text, and where in it: "best.epoch is -1: must be …". Who reads the text
/// says of which file it is.
class CT_API JsonFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct JsonNode;

/// A value of a text, with its place for messages. Cheap to copy: the values of a text share it.
/// Errors of all that read: JsonFault.
class CT_API JsonValue {
 public:
  /// `name` is what messages call the text: "the header". Costs time and memory in proportion to
  /// the text. Errors: JsonFault unless it is one value and nothing but white space around it,
  ///         without a key that comes twice in an object and at most 64 levels deep
  static JsonValue parse(std::string_view text, std::string_view name);

  bool is_object() const;
  bool is_array() const;
  bool is_text() const;
  bool is_null() const;

  // Of an object.
  bool has(std::string_view key) const;
  JsonValue at(std::string_view key) const;
  /// In the order of the text.
  std::vector<std::pair<std::string, JsonValue>> members() const;

  // Of an array.
  std::vector<JsonValue> items() const;
  /// Exactly so many.
  std::vector<JsonValue> items(size_t count) const;

  /// Written without point or exponent, from `least` to `most`.
  int64_t whole(int64_t least = 0, int64_t most = std::numeric_limits<int64_t>::max()) const;
  uint64_t whole_unsigned() const;
  /// Finite, from `least` to `most`.
  double number(double least = std::numeric_limits<double>::lowest(),
                double most = std::numeric_limits<double>::max()) const;
  const std::string& text() const;
  bool flag() const;

  /// The value as a word or two for messages: a number, a text in quotes, "a list", "an object".
  std::string shown() const;
  /// Throws what is wrong with this value: "<place>: <what>".
  [[noreturn]] void fail(const std::string& what) const;
  /// Throws "<place> is <shown()>: must be <what>".
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  JsonValue(std::shared_ptr<const JsonNode> node, std::string place);
  JsonValue part(const JsonNode& node, std::string place) const;

  std::shared_ptr<const JsonNode> node_;
  std::string place_;  ///< empty: the whole text
};

/// The bytes of a file that is to hold JSON. Errors: JsonFault unless it is a regular file that can
/// be read, of at most 64 MiB.
CT_API std::string read_json_file(const std::filesystem::path& path);

}  // namespace ct::io
