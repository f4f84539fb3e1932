// See json_reader.hpp. The grammar is nlohmann's parser, told of as events; the tree is our own: it
// keeps the order of keys, finds a repeated one in constant time and nothing in it converts.
#include "io/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <tuple>
#include <unordered_set>
#include <variant>

namespace ct::io {

struct JsonMember;
struct JsonNode {
  using Array = std::vector<JsonNode>;
  using Object = std::vector<JsonMember>;
  std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, Array, Object> value;
};
struct JsonMember {
  std::string key;
  JsonNode value;
};

namespace {

constexpr size_t kMostLevels = 64;  // far more than any text of ours has
constexpr size_t kMostShown = 100;

std::string cut(std::string text, size_t most) {
  if (text.size() > most) text = text.substr(0, most) + "…";
  return text;
}

/// Builds the tree from the parser's events.
class Builder {
 public:
  Builder(JsonNode& root, std::string_view name) : root_(root), name_(name) {}

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(int64_t value) { return put(value); }
  bool number_unsigned(uint64_t value) { return put(value); }
  bool number_float(double value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  template <class Bytes>
  bool binary(Bytes&) {
    return false;  // JSON text has none
  }
  bool start_object(size_t) { return open<JsonNode::Object>(); }
  bool start_array(size_t) { return open<JsonNode::Array>(); }
  bool key(std::string& key) {
    if (!keys_.back().insert(key).second) {
      throw JsonFault(fmt::format("{} has \"{}\" twice", name_, cut(key, kMostShown)));
    }
    std::get<JsonNode::Object>(open_.back()->value).push_back({std::move(key), {}});
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  template <class Exception>
  bool parse_error(size_t, const std::string&, const Exception& error) {
    throw JsonFault(fmt::format("{} is not JSON: {}", name_, cut(error.what(), 300)));
  }

 private:
  template <class Value>
  bool put(Value&& value) {
    place().value = std::forward<Value>(value);
    return true;
  }
  template <class Container>
  bool open() {
    if (open_.size() == kMostLevels) {
      throw JsonFault(fmt::format("{} is not JSON that can be meant: it has more than {} levels",
                                  name_, kMostLevels));
    }
    JsonNode& node = place();
    node.value.emplace<Container>();
    open_.push_back(&node);
    keys_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }
  /// Where the next value belongs. What is open does not move meanwhile: only its last child grows.
  JsonNode& place() {
    if (open_.empty()) return root_;
    if (auto* array = std::get_if<JsonNode::Array>(&open_.back()->value)) {
      return array->emplace_back();
    }
    return std::get<JsonNode::Object>(open_.back()->value).back().value;
  }

  JsonNode& root_;
  std::string_view name_;
  std::vector<JsonNode*> open_;
  std::vector<std::unordered_set<std::string>> keys_;
};

std::string joined(const std::string& place, std::string_view key) {
  return place.empty() ? std::string(key) : fmt::format("{}.{}", place, key);
}

const JsonNode* find(const JsonNode::Object& object, std::string_view key) {
  const auto found =
      std::ranges::find_if(object, [&](const auto& member) { return member.key == key; });
  return found == object.end() ? nullptr : &found->value;
}

}  // namespace

JsonValue::JsonValue(std::shared_ptr<const JsonNode> node, std::string place)
    : node_(std::move(node)), place_(std::move(place)) {}

JsonValue JsonValue::parse(std::string_view text, std::string_view name) {
  // The parser takes a byte 0 for the end, whatever is behind it, and leaves out a byte-order mark.
  if (text.find('\0') != text.npos) {
    throw JsonFault(fmt::format("{} is not JSON: it holds a byte 0", name));
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    throw JsonFault(fmt::format("{} is not JSON: it begins with a byte-order mark", name));
  }
  const auto root = std::make_shared<JsonNode>();
  Builder builder(*root, name);
  nlohmann::json::sax_parse(text, &builder);
  return {root, ""};
}

bool JsonValue::is_object() const { return std::holds_alternative<JsonNode::Object>(node_->value); }
bool JsonValue::is_array() const { return std::holds_alternative<JsonNode::Array>(node_->value); }
bool JsonValue::is_text() const { return std::holds_alternative<std::string>(node_->value); }
bool JsonValue::is_null() const { return std::holds_alternative<std::nullptr_t>(node_->value); }

JsonValue JsonValue::part(const JsonNode& node, std::string place) const {
  return {std::shared_ptr<const JsonNode>(node_, &node), std::move(place)};
}

bool JsonValue::has(std::string_view key) const {
  const auto* object = std::get_if<JsonNode::Object>(&node_->value);
  return object != nullptr && find(*object, key) != nullptr;
}

JsonValue JsonValue::at(std::string_view key) const {
  const auto* object = std::get_if<JsonNode::Object>(&node_->value);
  if (object == nullptr) refuse("an object");
  const JsonNode* member = find(*object, key);
  if (member == nullptr) fail(fmt::format("key '{}' not found", key));
  return part(*member, joined(place_, key));
}

std::vector<std::pair<std::string, JsonValue>> JsonValue::members() const {
  const auto* object = std::get_if<JsonNode::Object>(&node_->value);
  if (object == nullptr) refuse("an object");
  std::vector<std::pair<std::string, JsonValue>> all;
  all.reserve(object->size());
  for (const auto& [key, value] : *object) all.emplace_back(key, part(value, joined(place_, key)));
  return all;
}

std::vector<JsonValue> JsonValue::items() const {
  const auto* array = std::get_if<JsonNode::Array>(&node_->value);
  if (array == nullptr) refuse("a list");
  std::vector<JsonValue> all;
  all.reserve(array->size());
  for (const JsonNode& item : *array) {
    all.push_back(part(item, fmt::format("{}[{}]", place_, all.size())));
  }
  return all;
}

std::vector<JsonValue> JsonValue::items(size_t count) const {
  auto all = items();
  if (all.size() != count) {
    fail(fmt::format("a list of {} items, not of {}", all.size(), count));
  }
  return all;
}

int64_t JsonValue::whole(int64_t least, int64_t most) const {
  if (const auto* value = std::get_if<uint64_t>(&node_->value)) {
    const auto bound = static_cast<uint64_t>(std::max<int64_t>(most, 0));
    if (most >= 0 && *value <= bound && static_cast<int64_t>(*value) >= least) {
      return static_cast<int64_t>(*value);
    }
  } else if (const auto* negative = std::get_if<int64_t>(&node_->value)) {
    if (*negative < 0 && *negative >= least && *negative <= most) return *negative;  // "-0" is none
  }
  refuse(fmt::format("a whole number from {} to {}", least, most));
}

uint64_t JsonValue::whole_unsigned() const {
  if (const auto* value = std::get_if<uint64_t>(&node_->value)) return *value;
  refuse(fmt::format("a whole number from 0 to {}", std::numeric_limits<uint64_t>::max()));
}

double JsonValue::number(double least, double most) const {
  double value = std::nan("");
  if (const auto* real = std::get_if<double>(&node_->value)) value = *real;
  if (const auto* large = std::get_if<uint64_t>(&node_->value)) value = static_cast<double>(*large);
  if (const auto* whole = std::get_if<int64_t>(&node_->value)) value = static_cast<double>(*whole);
  if (value >= least && value <= most) return value;
  if (least == std::numeric_limits<double>::lowest()) refuse("a number");
  if (most == std::numeric_limits<double>::max()) {
    refuse(fmt::format("a number of {} or more", least));
  }
  refuse(fmt::format("a number from {} to {}", least, most));
}

const std::string& JsonValue::text() const {
  const auto* value = std::get_if<std::string>(&node_->value);
  if (value == nullptr) refuse("a text");
  return *value;
}

bool JsonValue::flag() const {
  const auto* value = std::get_if<bool>(&node_->value);
  if (value == nullptr) refuse("true or false");
  return *value;
}

std::string JsonValue::shown() const {
  struct Shown {
    std::string operator()(std::nullptr_t) const { return "null"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(int64_t value) const { return std::to_string(value); }
    std::string operator()(uint64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return fmt::format("{}", value); }
    std::string operator()(const std::string& value) const {
      return nlohmann::json(cut(value, kMostShown))
          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
    std::string operator()(const JsonNode::Array&) const { return "a list"; }
    std::string operator()(const JsonNode::Object&) const { return "an object"; }
  };
  return std::visit(Shown(), node_->value);
}

void JsonValue::fail(const std::string& what) const {
  throw JsonFault(place_.empty() ? what : fmt::format("{}: {}", place_, what));
}

void JsonValue::refuse(const std::string& what) const {
  throw JsonFault(
      fmt::format("{} is {}: must be {}", place_.empty() ? "it" : place_, shown(), what));
}

std::string read_json_file(const std::filesystem::path& path) {
  constexpr uintmax_t kMost = uintmax_t{64} << 20;
  std::error_code error;
  const bool regular = std::filesystem::is_regular_file(path, error);
  const uintmax_t size = regular ? std::filesystem::file_size(path, error) : 0;
  if (!regular || error) throw JsonFault("it is no file that can be read");
  if (size > kMost) {
    throw JsonFault(fmt::format("its {} bytes are more than the {} allowed", size, kMost));
  }
  std::string text(size, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(size));
  if (!in) throw JsonFault("it is no file that can be read");
  return text;
}

}  // namespace ct::io
