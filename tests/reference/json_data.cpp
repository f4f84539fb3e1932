// Reads JSON under zlib: the one place that knows where the data is.
#include "reference/json_data.hpp"

#include <zlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace ct::test {

nlohmann::json read_reference(const std::string& name) {
  std::ifstream in(std::string(CT_TEST_DATA) + "/reference/" + name + ".z", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (bytes.empty()) throw std::runtime_error("no reference data: " + name);
  std::string text(bytes.size() * 40, '\0');
  auto size = static_cast<uLongf>(text.size());
  if (uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                 reinterpret_cast<const Bytef*>(bytes.data()),
                 static_cast<uLong>(bytes.size())) != Z_OK) {
    throw std::runtime_error("not zlib, or larger than expected: " + name);
  }
  return nlohmann::json::parse(text.substr(0, size));
}

}  // namespace ct::test
