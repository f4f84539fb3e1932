// The table, and the only calls of getenv. A value that is wrong is one ValueError of one form,
// thrown where it is read: a misspelt setting must not be taken for none.
#include "core/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "customtensor/error.hpp"

namespace ct::settings {
namespace {

constexpr std::string_view kFlagValues = "0 or 1";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::string_view> Setting::text() const {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

void Setting::refuse(std::string_view text) const {
  throw ValueError(fmt::format("{}: {} is '{}'; it must be {}", user, name, text, values));
}

std::optional<bool> Flag::read() const {
  const auto given = text();
  if (!given) return std::nullopt;
  if (*given != "0" && *given != "1") refuse(*given);
  return *given == "1";
}

std::optional<int64_t> Number::read() const {
  const auto given = text();
  if (!given) return std::nullopt;
  std::optional<int64_t> first;
  for (size_t begin = 0; begin <= given->size();) {
    const size_t end = several ? std::min(given->find(',', begin), given->size()) : given->size();
    const std::string_view part = given->substr(begin, end - begin);
    const auto value = whole_number(several ? trimmed(part) : part);
    if (!value || *value < least || *value > most) refuse(*given);
    if (!first) first = value;
    begin = end + 1;
  }
  return first;
}

std::optional<std::string_view> Choice::read() const {
  const auto given = text();
  if (given && std::ranges::find(words, *given) == words.end()) refuse(*given);
  return given;
}

bool Words::has(std::string_view word) const {
  const std::string_view given = text().value_or("");
  bool found = false;
  for (size_t begin = 0; begin < given.size();) {
    const size_t end = std::min(given.find(',', begin), given.size());
    const std::string_view part = trimmed(given.substr(begin, end - begin));
    if (std::ranges::find(words, part) == words.end()) refuse(given);
    found = found || part == word;
    begin = end + 1;
  }
  return found;
}

std::optional<std::string> Text::read() const {
  const auto given = text();
  if (!given) return std::nullopt;
  return std::string(*given);
}

std::optional<std::filesystem::path> Folder::read() const {
  const auto given = text();
  if (!given) return std::nullopt;
  return std::filesystem::path(*given);
}

constinit const Number kThreads{
    {"OMP_NUM_THREADS", "cpu", "a whole number from 1 to 65536, or several with commas between",
     "one for each processor of the process",
     "threads of the `cpu` device; `ct::set_num_threads` changes it later"},
    1,
    65536,
    true};
constinit const Choice kSimd{
    {"CT_SIMD", "cpu", "sse4, avx2 or avx3", "the best that the processor has",
     "the best instruction set of x86 that may be used"},
    {"sse4", "avx2", "avx3"}};
constinit const Number kCpuCacheLimit{
    {"CT_CPU_CACHE_LIMIT", "cpu", "a whole number of bytes, 0 to cache nothing",
     "half of the memory", "how much freed memory the `cpu` device keeps for reuse"},
    0,
    std::numeric_limits<int64_t>::max()};
constinit const Number kMemoryLimit{
    {"CT_MEMORY_LIMIT", "memory", "a whole number of bytes, 0 for no limit", "no limit",
     "what tensors and cache may take on `cpu`, and as much on each `custom_gpu`; "
     "`ct::set_memory_limit` changes it later"},
    0,
    std::numeric_limits<int64_t>::max()};
constinit const Folder kData{
    {"CT_DATA_DIR", "ct-train", "a folder", "where Debian puts them",
     "where `ct-train` looks for data sets, such as `$CT_DATA_DIR/fashion-mnist`"}};
constinit const Text kOpenClDevice{
    {"CT_OPENCL_DEVICE", "custom_gpu",
     "a number in the order of `ct-train devices`, or a part of a name", "all",
     "which OpenCL devices are `custom_gpu`"}};
constinit const Choice kOpenClStyle{
    {"CT_OPENCL_STYLE", "custom_gpu", "cpu or gpu", "the device's own",
     "the kernels written for this class, whatever the device is"},
    {"cpu", "gpu"}};
constinit const Choice kVectorBits{
    {"CT_OPENCL_VECTOR_BITS", "custom_gpu", "256 or 512", "the device's own",
     "kernels for CPUs with vectors of this width, whatever the device has"},
    {"256", "512"}};
constinit const Flag kNoFloat64{
    {"CT_OPENCL_NO_FP64", "custom_gpu", kFlagValues, "0", "1: as if the device had no float64"}};
constinit const Words kWithout{
    {"CT_OPENCL_WITHOUT", "custom_gpu", "fp64, fp16 or subgroups, or several with commas between",
     "none", "as if the driver did not have these extensions"},
    {"fp64", "fp16", "subgroups"}};
constinit const Flag kTrust{
    {"CT_OPENCL_TRUST", "custom_gpu", kFlagValues, "drivers that nobody knows are tested once",
     "1: use any driver untested; 0: test those that are known to be good as well "
     "([drivers](drivers.md))"}};
constinit const Choice kGemm{
    {"CT_OPENCL_GEMM", "custom_gpu", "own or clblast", "what `ct-train tune` measured",
     "one kind of products for all sizes"},
    {"own", "clblast"}};
constinit const Choice kInterpret{
    {"CT_OPENCL_INTERPRET", "custom_gpu", "always or never", "until it has earned a build",
     "whether a pointwise program is interpreted instead of built"},
    {"always", "never"}};
constinit const Folder kKernels{
    {"CT_KERNEL_DIR", "custom_gpu", "a folder", "the kernels in the library",
     "kernels are taken from `$CT_KERNEL_DIR/conv/pool.cl` and so on where there is such a file: "
     "for editing them without building"}};
constinit const Folder kCacheFolder{
    {"CT_CACHE_DIR", "custom_gpu", "a folder", "`$XDG_CACHE_HOME`",
     "where binaries of OpenCL programs and what `ct-train tune` measured are kept, in "
     "`customtensor/`"}};
constinit const Number kCacheMebibytes{
    {"CT_CACHE_MB", "custom_gpu", "a whole number of MiB, 0 for no cache", "1024",
     "what these binaries may take; those that were not used for longest go first"},
    0,
    int64_t{1} << 40};
constinit const Folder kUserCache{{"XDG_CACHE_HOME", "custom_gpu", "a folder", "`$HOME/.cache`",
                                   "the user's caches, of all programs"}};
constinit const Folder kHome{
    {"HOME", "custom_gpu", "a folder", "no binaries are kept", "the user's own folder"}};
constinit const Folder kPoclCache{
    {"POCL_CACHE_DIR", "custom_gpu", "a folder", "`$XDG_CACHE_HOME/pocl/kcache`",
     "PoCL's own cache, which it must be able to write to: else it offers no device"}};
constinit const Flag kCheckMemory{
    {"CT_CHECK_MEMORY", "custom_gpu", kFlagValues, "1 in debug builds",
     "1: look for kernels that write outside of their buffers, on `custom_gpu` after every launch "
     "and on `cpu` after what it computes for other devices, and fill new memory with NaN"}};
constinit const Flag kCheckIndices{
    {"CT_CHECK_INDICES", "custom_gpu", kFlagValues, "0",
     "1: an op waits for its indices or classes, so that it throws itself where one is out of "
     "range; else the next call that waits for the device does"}};
constinit const Text kFault{{"CT_OPENCL_FAULT", "custom_gpu",
                             "`KIND:N:CODE`, several with commas between", "none",
                             "for tests: lets the N-th OpenCL call of a kind fail, such as "
                             "`allocate:3:CL_OUT_OF_RESOURCES`"}};

std::span<const Setting* const> all() {
  static constexpr std::array<const Setting*, 22> kAll = {
      &kThreads,     &kSimd,        &kCpuCacheLimit, &kMemoryLimit,    &kData,      &kOpenClDevice,
      &kOpenClStyle, &kVectorBits,  &kNoFloat64,     &kWithout,        &kTrust,     &kGemm,
      &kInterpret,   &kKernels,     &kCacheFolder,   &kCacheMebibytes, &kUserCache, &kHome,
      &kPoclCache,   &kCheckMemory, &kCheckIndices,  &kFault};
  return kAll;
}

}  // namespace ct::settings
