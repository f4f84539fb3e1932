// ct-train: trains networks from the command line. Here: the parser, and errors as one clear line.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "commands.hpp"
#include "customtensor/error.hpp"
#include "customtensor/train/config.hpp"

namespace {

/// Quoted so that it can be pasted into a shell.
std::string shell_word(const std::string& word) {
  if (!word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789_-+=./:,@%") == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

int fail(int code, const std::string& message) {
  fmt::print(stderr, "ct-train: error: {}\n", message);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  std::string command_line = "ct-train";
  for (int i = 1; i < argc; ++i) command_line += ' ' + shell_word(argv[i]);

  CLI::App app("Trains neural networks on the CPU and on OpenCL devices.", "ct-train");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted (checkpoint written).");
  std::map<std::string, ct_train::Run> commands{
      {"devices", ct_train::add_devices(app)},
      {"classify", ct_train::add_classify(app, command_line)},
      {"predict", ct_train::add_predict(app)},
      {"summary", ct_train::add_summary(app)},
      {"tune", ct_train::add_tune(app)}};
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& e) {
    const auto chosen = app.get_subcommands();
    return fail(ct_train::kBadUsage,
                fmt::format("{}; see: ct-train {}--help", e.what(),
                            chosen.empty() ? "" : chosen.front()->get_name() + " "));
  } catch (const ct::train::UsageError& e) {  // of a value
    return fail(ct_train::kBadUsage, e.what());
  }
  try {
    return commands.at(app.get_subcommands().front()->get_name())();
  } catch (const ct::train::UsageError& e) {
    return fail(ct_train::kBadUsage, e.what());
  } catch (const std::bad_alloc&) {
    return fail(ct_train::kFailed, "out of memory; try a smaller --batch-size");
  } catch (const std::exception& e) {
    return fail(ct_train::kFailed, e.what());
  }
}
