// The subcommands of ct-train. Each adds its flags to the parser, and a function to run it with
// that returns the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace ct_train {

enum ExitCode { kDone = 0, kFailed = 1, kBadUsage = 2, kInterrupted = 130 };

using Run = std::function<int()>;

/// `command_line` as the user wrote it, for the report.
Run add_classify(CLI::App& app, const std::string& command_line);
Run add_devices(CLI::App& app);
Run add_predict(CLI::App& app);
Run add_summary(CLI::App& app);
Run add_tune(CLI::App& app);

}  // namespace ct_train
