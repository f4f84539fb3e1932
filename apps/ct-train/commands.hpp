// The subcommands of ct-train. Each adds its flags to the parser, and a function to run it with
// that returns the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "customtensor/train/config.hpp"

namespace ct_train {

enum ExitCode { kDone = 0, kFailed = 1, kBadUsage = 2, kInterrupted = 130 };

using Run = std::function<int()>;

/// A flag whose value is a whole number from `least` to `most`. Errors, while the line is parsed:
/// UsageError that names command, flag, value and range. (CLI11 itself takes what does not fit for
/// the nearest number that does, and a 0 in front for octal.)
template <class T>
CLI::Option* add_whole(CLI::App* command, const std::string& flag, T& target, int64_t least,
                       int64_t most, const std::string& help) {
  const auto take = [command, flag, &target, least, most](const std::string& text) {
    target = static_cast<T>(ct::train::parse_whole(command->get_name(), flag, text, least, most));
  };
  return command->add_option_function<std::string>(flag, take, help)->type_name("");
}

/// `command_line` as the user wrote it, for the report.
Run add_classify(CLI::App& app, const std::string& command_line);
Run add_devices(CLI::App& app);
Run add_predict(CLI::App& app);
Run add_summary(CLI::App& app);
Run add_tune(CLI::App& app);

}  // namespace ct_train
