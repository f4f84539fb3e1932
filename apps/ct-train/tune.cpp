// ct-train tune: measures once which of several kernels a device runs best.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "commands.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/device.hpp"

namespace ct_train {

Run add_tune(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "tune", "Measure once which kernels a device runs best, and keep that for later runs");
  auto device = std::make_shared<std::string>("custom_gpu");
  command->add_option("--device", *device, "Device, as `ct-train devices` lists them")
      ->capture_default_str();
  return [device] {
    size_t lines = 0;
    ct::Device(*device).backend().tune([&](std::string_view line) {
      ++lines;
      fmt::print("{}\n", line);
      std::fflush(stdout);
    });
    if (lines == 0) fmt::print("{}: there is nothing to choose\n", *device);
    return static_cast<int>(kDone);
  };
}

}  // namespace ct_train
