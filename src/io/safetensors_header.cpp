// Nothing in a file is believed: JSON of the right form, known dtypes, shapes whose sizes fit, and
// ranges that cover the data without a gap. A message names the file and the tensor.
#include "io/safetensors_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "customtensor/error.hpp"

namespace ct::io {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kMetadata = "__metadata__";
constexpr std::pair<DType, std::string_view> kNames[] = {
    {float32, "F32"}, {float64, "F64"}, {float16, "F16"}, {bfloat16, "BF16"},
    {int32, "I32"},   {int64, "I64"},   {uint8, "U8"},    {bool_, "BOOL"}};

std::string_view name_of(DType dtype) {
  return std::ranges::find(kNames, dtype, &std::pair<DType, std::string_view>::first)->second;
}

// Reads one header; keeps the file's name for messages.
class Parser {
 public:
  Parser(uint64_t data_bytes, const std::string& file) : data_bytes_(data_bytes), file_(file) {}

  SafetensorsHeader parse(std::string_view text) {
    const Json json = parse_json(text);
    if (!json.is_object()) fail("the header is not a JSON object");
    SafetensorsHeader header;
    for (const auto& [name, value] : json.items()) {
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

  Json parse_json(std::string_view text) const {
    // A repeated key would silently hide a tensor.
    std::vector<std::set<std::string>> keys;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
      if (event == Json::parse_event_t::object_start) {
        keys.emplace_back();
      } else if (event == Json::parse_event_t::object_end) {
        keys.pop_back();
      } else if (event == Json::parse_event_t::key) {
        const auto& key = parsed.get_ref<const std::string&>();
        if (!keys.back().insert(key).second) fail(fmt::format("the header has \"{}\" twice", key));
      }
      return true;
    };
    try {
      return Json::parse(text, watch);
    } catch (const Json::exception& e) {
      fail(fmt::format("the header is not JSON: {}", e.what()));
    }
  }

  Metadata metadata(const Json& json) const {
    if (!json.is_object()) fail("__metadata__ is not an object");
    Metadata found;
    for (const auto& [key, value] : json.items()) {
      if (!value.is_string()) fail(fmt::format("__metadata__: \"{}\" is not a string", key));
      found[key] = value.get<std::string>();
    }
    return found;
  }

  SafetensorsEntry entry(const std::string& name, const Json& json) const {
    if (!json.is_object() || !json.contains("dtype") || !json.contains("shape") ||
        !json.contains("data_offsets")) {
      fail_tensor(name, "the header lacks its dtype, shape or data_offsets");
    }
    SafetensorsEntry entry;
    entry.name = name;
    const Json& dtype = json["dtype"];
    const auto known = std::ranges::find_if(
        kNames, [&](const auto& pair) { return dtype.is_string() && dtype == pair.second; });
    if (known == std::end(kNames)) {
      fail_tensor(name, "dtype {} is none of F32, F64, F16, BF16, I32, I64, U8, BOOL",
                  dtype.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
    entry.dtype = known->first;

    const uint64_t bytes = shape(json["shape"], entry);
    const Json& offsets = json["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned()) {
      fail_tensor(name, "data_offsets is not two whole numbers");
    }
    entry.begin = offsets[0].get<uint64_t>();
    entry.end = offsets[1].get<uint64_t>();
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
  uint64_t shape(const Json& json, SafetensorsEntry& entry) const {
    if (!json.is_array()) fail_tensor(entry.name, "shape is not a list");
    if (json.size() > static_cast<size_t>(kMaxRank)) {
      fail_tensor(entry.name, "shape has {} axes, at most {} are possible", json.size(), kMaxRank);
    }
    int64_t bytes = static_cast<int64_t>(item_size(entry.dtype));
    for (const Json& size : json) {
      if (!size.is_number_unsigned() || size.get<uint64_t>() > uint64_t{INT64_MAX}) {
        fail_tensor(entry.name, "a size in its shape is not a whole number");
      }
      entry.shape.push_back(size.get<int64_t>());
      if (__builtin_mul_overflow(bytes, size.get<int64_t>(), &bytes)) {
        fail_tensor(entry.name, "its shape has too many elements");
      }
    }
    return static_cast<uint64_t>(bytes);
  }

  void check_layout(const std::vector<SafetensorsEntry>& entries) const {
    std::vector<const SafetensorsEntry*> sorted;
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
    json[entry.name] = {{"dtype", name_of(entry.dtype)},
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
