// ct-train devices: what can be trained on here.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "commands.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/device.hpp"
#include "customtensor/train/progress.hpp"

namespace ct_train {

namespace {

std::string memory_text(const ct::Device& device) {
  if (device.name() != "cpu") return "";
  const auto pages = static_cast<uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  return ct::train::bytes_text(pages * static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE)));
}

std::vector<std::string> parts_of(const std::string& description) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < description.size();) {
    const size_t end = std::min(description.find("; ", begin), description.size());
    parts.push_back(description.substr(begin, end - begin));
    begin = end + 2;
  }
  if (parts.empty()) parts.emplace_back();
  return parts;
}

}  // namespace

Run add_devices(CLI::App& app) {
  app.add_subcommand("devices", "List the devices that can be trained on here");
  return [] {
    const auto devices = ct::devices();
    // What follows a semicolon in a description gets a line of its own.
    std::vector<std::vector<std::string>> facts;
    size_t name = 4, text = 11;
    for (const auto& device : devices) {
      facts.push_back(parts_of(device.backend().description()));
      name = std::max(name, device.name().size());
      for (const std::string& part : facts.back()) text = std::max(text, part.size());
    }
    fmt::print("{:<{}}  {:<{}}  {}\n", "name", name, "description", text, "memory");
    for (size_t i = 0; i < devices.size(); ++i) {
      fmt::print("{:<{}}  {:<{}}  {}\n", devices[i].name(), name, facts[i][0], text,
                 memory_text(devices[i]));
      for (size_t k = 1; k < facts[i].size(); ++k)
        fmt::print("{:<{}}    {}\n", "", name, facts[i][k]);
    }
    return static_cast<int>(kDone);
  };
}

}  // namespace ct_train
