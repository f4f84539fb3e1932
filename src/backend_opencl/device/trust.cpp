// See trust.hpp.
#include "backend_opencl/device/trust.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX, for kill
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "backend_opencl/device/quirks.hpp"
#include "backend_opencl/source/kernel_source.hpp"
#include "core/device/library_folder.hpp"
#include "core/settings.hpp"

extern char** environ;

namespace ct::opencl {
namespace {

/// Compiling every kernel of the test, on a driver that is slow at it and a machine that is busy.
constexpr std::chrono::seconds kLimit{300};
constexpr std::string_view kPassed = "passed";

/// Both ends of a pipe, closed with this object.
struct OutputPipe {
  std::array<int, 2> ends{-1, -1};
  OutputPipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  ~OutputPipe() {
    close_end(0);
    close_end(1);
  }
  OutputPipe(const OutputPipe&) = delete;
  OutputPipe& operator=(const OutputPipe&) = delete;
  void close_end(size_t i) {
    if (ends[i] >= 0) ::close(ends[i]);
    ends[i] = -1;
  }
};

/// This process' variables, but that the child trusts the driver: it is the test.
std::vector<char*> child_environment() {
  static char trusts[] = "CT_OPENCL_TRUST=1";
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("CT_OPENCL_TRUST=")) {
      variables.push_back(*variable);
    }
  }
  variables.push_back(trusts);
  variables.push_back(nullptr);
  return variables;
}

/// The child with its output going to `out`, or -1.
pid_t start(const std::string& program, const Profile& profile, const OutputPipe& out) {
  std::vector<std::string> words = {program, profile.platform_name, profile.name, profile.driver};
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return -1;
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  if (::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(),
                    child_environment().data()) != 0) {
    child = -1;
  }
  ::posix_spawn_file_actions_destroy(&actions);
  return child;
}

/// What the child writes until it ends; false if it takes too long.
bool read_all(int from, std::string& text) {
  const auto end = std::chrono::steady_clock::now() + kLimit;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{from, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return ready != 0;
    std::array<char, 4096> part;
    const ssize_t size = ::read(from, part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return true;
    text.append(part.data(), static_cast<size_t>(size));
  }
}

/// "passed", or what failed, by the child's lines: the driver may have written others.
std::string verdict_of(const std::string& text, bool ended, int status) {
  std::string step = "its beginning";
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (line == kPassed) return std::string(kPassed);
    if (line.starts_with("failed: ")) return std::string(line.substr(8));
    if (line.starts_with("at ")) step = fmt::format("'{}'", line.substr(3));
    begin = end + 1;
  }
  if (!ended) return fmt::format("did not come back within {} s from {}", kLimit.count(), step);
  // The status is unknown where the program reaps all children itself.
  if (WIFSIGNALED(status)) {
    return fmt::format("crashed ({}) at {}", ::strsignal(WTERMSIG(status)), step);
  }
  return fmt::format("ended the process at {}", step);
}

/// None: there is no way to test it here.
std::optional<std::string> tested(const Profile& profile) {
  const std::string program = library_folder() / "customtensor/opencl-self-test";
  OutputPipe out;
  if (out.ends[0] < 0 || ::access(program.c_str(), X_OK) != 0) return {};
  fmt::print(stderr,
             "customtensor: testing an OpenCL driver that is new here: {} ({}, driver {})\n",
             profile.name, profile.platform_name, profile.driver);
  const pid_t child = start(program, profile, out);
  if (child < 0) return {};
  out.close_end(1);
  std::string text;
  const bool ended = read_all(out.ends[0], text);
  if (!ended) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      status = 0;
      break;
    }
  }
  return verdict_of(text, ended, status);
}

std::string all_kernels() {
  std::string text;
  for (int i = 0; i < kKernelSourceCount; ++i) text += kernel_source(kKernelSources[i].name);
  return text;
}

std::string refused(const Profile& profile, std::string_view what) {
  return fmt::format(
      "{} ({}, driver {}): {}; use another version or device (CT_OPENCL_DEVICE), or this one all "
      "the "
      "same with CT_OPENCL_TRUST=1",
      profile.name, profile.platform_name, profile.driver, what);
}

}  // namespace

std::string refusal_of(const Profile& claimed, const BinaryCache& kept) {
  const auto trust = settings::kTrust.read();
  if (trust == true) return "";
  if (const char* fault = known_fault(claimed)) return refused(claimed, fault);
  if (!trust && is_known_good(claimed)) return "";
  const CacheKey key =
      cache_key({"driver verdict 1", claimed.platform_name, claimed.name, claimed.driver,
                 claimed.style == Style::cpu ? "cpu" : "gpu", all_kernels()});
  std::optional<std::string> verdict = kept.load(key);
  if (!verdict) {
    verdict = tested(claimed);
    if (!verdict) {
      fmt::print(stderr,
                 "customtensor: {} ({}, driver {}) is used untested: there is no "
                 "customtensor/opencl-self-test beside the library\n",
                 claimed.name, claimed.platform_name, claimed.driver);
      return "";
    }
    kept.store(key, *verdict);
  }
  return *verdict == kPassed ? "" : refused(claimed, "it failed its self-test: " + *verdict);
}

}  // namespace ct::opencl
