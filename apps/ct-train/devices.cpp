// ct-train devices: what can be trained on here.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

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

}  // namespace

Run add_devices(CLI::App& app) {
  app.add_subcommand("devices", "List the devices that can be trained on here");
  return [] {
    const auto devices = ct::devices();
    size_t name = 4, text = 11;
    for (const auto& device : devices) {
      name = std::max(name, device.name().size());
      text = std::max(text, device.backend().description().size());
    }
    fmt::print("{:<{}}  {:<{}}  {}\n", "name", name, "description", text, "memory");
    for (const auto& device : devices) {
      fmt::print("{:<{}}  {:<{}}  {}\n", device.name(), name, device.backend().description(), text,
                 memory_text(device));
    }
    return static_cast<int>(kDone);
  };
}

}  // namespace ct_train
