// Nothing in a file is believed: JSON of the right form, known dtypes, shapes whose sizes fit, and
// ranges that cover the data without a gap. A message names the file and the tensor.
#include "io/safetensors_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "customtensor/error.hpp"
#include "io/json_reader.hpp"

namespace ct::io {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kMetadata = "__metadata__";
constexpr std::pair<DType, std::string_view> kNames[] = {
    {float32, "F32"}, {float64, "F64"}, {float16, "F16"}, {bfloat16, "BF16"}, {int32, "I32"},
    {int64, "I64"},   {uint8, "U8"},    {bool_, "BOOL"},  {int8, "I8"},       {int16, "I16"},
    {uint16, "U16"},  {uint32, "U32"},  {uint64, "U64"},  {complex64, "C64"}};

std::string_view name_of(DType dtype, const std::string& tensor) {
  const auto* found = std::ranges::find(kNames, dtype, &std::pair<DType, std::string_view>::first);
  if (found == std::end(kNames)) {
    throw DTypeError(fmt::format(
        "save_safetensors: the format has no {}: tensor \"{}\"; convert with .to(ct::complex64)",
        name(dtype), tensor));
  }
  return found->second;
}

// Reads one header; keeps the file's name for messages.
class Parser {
 public:
  Parser(uint64_t data_bytes, const std::string& file) : data_bytes_(data_bytes), file_(file) {}

  SafetensorsHeader parse(std::string_view text) {
    const JsonValue json = parse_json(text);
    SafetensorsHeader header;
    for (const auto& [name, value] : json.members()) {
      if (name == kMetadata) {
        header.metadata = metadata(value);
      } else {
        header.entries.push_back(entry(name, value));
      }
    }
    check_layout(header.entries);
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw IoError(fmt::format("load_safetensors: file is damaged: {}: {}", file_, what));
  }
  template <class... Args>
  [[noreturn]] void fail_tensor(const std::string& name, fmt::format_string<Args...> what,
                                Args&&... args) const {
    fail(fmt::format("tensor \"{}\": {}", name, fmt::format(what, std::forward<Args>(args)...)));
  }

  /// The format allows nothing before the object, and spaces behind it: other bytes could make the
  /// file one of another kind as well.
  JsonValue parse_json(std::string_view text) const {
    auto json = [&] {
      try {
        return JsonValue::parse(text, "the header");
      } catch (const JsonFault& fault) {
        fail(fault.what());
      }
    }();
    if (!json.is_object()) fail("the header is not a JSON object");
    if (text.front() != '{') fail("the header does not begin with {");
    if (const size_t end = text.find_last_not_of(' '); text[end] != '}') {
      fail(fmt::format("the header ends in a byte 0x{:02x}: only spaces may follow its JSON",
                       static_cast<uint8_t>(text[end])));
    }
    return json;
  }

  Metadata metadata(const JsonValue& json) const {
    if (!json.is_object()) fail("__metadata__ is not an object");
    Metadata found;
    for (const auto& [key, value] : json.members()) {
      if (!value.is_text()) fail(fmt::format("__metadata__: \"{}\" is not a string", key));
      found[key] = value.text();
    }
    return found;
  }

  /// Of 0 or more.
  static std::optional<int64_t> whole(const JsonValue& json) {
    try {
      return json.whole();
    } catch (const JsonFault&) {  // who asks knows better what it is of
      return std::nullopt;
    }
  }

  SafetensorsEntry entry(const std::string& name, const JsonValue& json) const {
    if (!json.has("dtype") || !json.has("shape") || !json.has("data_offsets")) {
      fail_tensor(name, "the header lacks its dtype, shape or data_offsets");
    }
    SafetensorsEntry entry;
    entry.name = name;
    const JsonValue dtype = json.at("dtype");
    const auto known = std::ranges::find_if(
        kNames, [&](const auto& pair) { return dtype.is_text() && dtype.text() == pair.second; });
    if (known == std::end(kNames)) {
      fail_tensor(name, "dtype {} is none of F32, F64, F16, BF16, I32, I64, U8, BOOL",
                  dtype.shown());
    }
    entry.dtype = known->first;

    const uint64_t bytes = shape(json.at("shape"), entry);
    const JsonValue offsets = json.at("data_offsets");
    const auto both = offsets.is_array() ? offsets.items() : std::vector<JsonValue>();
    const auto begin = both.size() == 2 ? whole(both[0]) : std::nullopt;
    const auto end = both.size() == 2 ? whole(both[1]) : std::nullopt;
    if (!begin || !end) fail_tensor(name, "data_offsets is not two whole numbers");
    entry.begin = static_cast<uint64_t>(*begin);
    entry.end = static_cast<uint64_t>(*end);
    if (entry.begin > entry.end || entry.end > data_bytes_) {
      fail_tensor(name, "bytes {} to {} are not within the {} bytes of data", entry.begin,
                  entry.end, data_bytes_);
    }
    if (entry.end - entry.begin != bytes) {
      fail_tensor(name, "{} of shape {} takes {} bytes, the header gives it {}",
                  ct::name(entry.dtype), to_string(entry.shape), bytes, entry.end - entry.begin);
    }
    return entry;
  }

  // Fills entry.shape; returns the bytes of such a tensor.
  uint64_t shape(const JsonValue& json, SafetensorsEntry& entry) const {
    if (!json.is_array()) fail_tensor(entry.name, "shape is not a list");
    const auto sizes = json.items();
    if (sizes.size() > static_cast<size_t>(kMaxRank)) {
      fail_tensor(entry.name, "shape has {} axes, at most {} are possible", sizes.size(), kMaxRank);
    }
    int64_t bytes = static_cast<int64_t>(item_size(entry.dtype));
    for (const JsonValue& item : sizes) {
      const auto size = whole(item);
      if (!size) fail_tensor(entry.name, "a size in its shape is not a whole number");
      entry.shape.push_back(*size);
      if (__builtin_mul_overflow(bytes, *size, &bytes)) {
        fail_tensor(entry.name, "its shape has too many elements");
      }
    }
    return static_cast<uint64_t>(bytes);
  }

  void check_layout(const std::vector<SafetensorsEntry>& entries) const {
    std::vector<const SafetensorsEntry*> sorted;
    sorted.reserve(entries.size());
    for (const SafetensorsEntry& entry : entries) sorted.push_back(&entry);
    std::ranges::sort(sorted, {},
                      [](const SafetensorsEntry* e) { return std::pair(e->begin, e->end); });
    uint64_t at = 0;
    for (const SafetensorsEntry* entry : sorted) {
      if (entry->begin != at) {
        fail_tensor(entry->name, "it begins at byte {}, but the tensor before it ends at {}",
                    entry->begin, at);
      }
      at = entry->end;
    }
    if (at != data_bytes_) {
      fail(
          fmt::format("the tensors take {} bytes, the file has {} bytes of data", at, data_bytes_));
    }
  }

  uint64_t data_bytes_;
  const std::string& file_;
};

}  // namespace

std::string write_header(const SafetensorsHeader& header) {
  Json json = Json::object();
  if (!header.metadata.empty()) json[kMetadata] = header.metadata;
  for (const SafetensorsEntry& entry : header.entries) {
    if (entry.name == kMetadata) {
      throw ValueError(
          fmt::format("save_safetensors: the format keeps the name \"{}\" for itself", kMetadata));
    }
    json[entry.name] = {{"dtype", name_of(entry.dtype, entry.name)},
                        {"shape", std::vector<int64_t>(entry.shape.begin(), entry.shape.end())},
                        {"data_offsets", {entry.begin, entry.end}}};
  }
  std::string text;
  try {
    text = json.dump();
  } catch (const Json::exception& e) {
    throw ValueError(fmt::format("save_safetensors: a name or text is not UTF-8: {}", e.what()));
  }
  constexpr size_t kAlignment = 8;
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  return text;
}

SafetensorsHeader parse_header(std::string_view text, uint64_t data_bytes,
                               const std::string& file) {
  return Parser(data_bytes, file).parse(text);
}

}  // namespace ct::io
