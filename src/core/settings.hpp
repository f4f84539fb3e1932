// Every environment variable that the library reads: its name, what may stand in it, what it means;
// and the one way to read it. docs/building.md shows the same table, which a test compares.
//
// A variable is read whenever read() is called: nothing is kept here. Empty counts as unset.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "customtensor/export.hpp"

namespace ct::settings {

struct CT_API Setting {
  const char* name;
  std::string_view user;     ///< who says that it is wrong: "cpu"
  std::string_view values;   ///< what it must be: "a whole number of bytes"
  std::string_view unset;    ///< what holds if it is not set, in words
  std::string_view meaning;  ///< in a line of Markdown

 protected:
  /// Its text, if it is set.
  std::optional<std::string_view> text() const;
  /// Throws the ValueError that says what it must be.
  [[noreturn]] void refuse(std::string_view text) const;
};

/// 0 or 1.
struct CT_API Flag : Setting {
  std::optional<bool> read() const;
};

/// A whole number. Errors of read: ValueError unless it is one from least to most.
struct CT_API Number : Setting {
  int64_t least, most;
  bool several = false;  ///< or a list of them, separated by commas, of which the first counts
  std::optional<int64_t> read() const;
};

/// One of some words. Errors of read: ValueError for another.
struct CT_API Choice : Setting {
  std::array<std::string_view, 3> words;
  std::optional<std::string_view> read() const;
};

/// Some of a few words, separated by commas. Errors of has: ValueError if another one is among
/// them.
struct CT_API Words : Setting {
  std::array<std::string_view, 3> words;
  bool has(std::string_view word) const;
};

/// Anything.
struct CT_API Text : Setting {
  std::optional<std::string> read() const;
};

struct CT_API Folder : Setting {
  std::optional<std::filesystem::path> read() const;
};

CT_API extern const Number kThreads;         ///< OMP_NUM_THREADS
CT_API extern const Choice kSimd;            ///< CT_SIMD
CT_API extern const Number kCpuCacheLimit;   ///< CT_CPU_CACHE_LIMIT
CT_API extern const Number kMemoryLimit;     ///< CT_MEMORY_LIMIT
CT_API extern const Folder kData;            ///< CT_DATA_DIR
CT_API extern const Text kOpenClDevice;      ///< CT_OPENCL_DEVICE
CT_API extern const Choice kOpenClStyle;     ///< CT_OPENCL_STYLE
CT_API extern const Choice kVectorBits;      ///< CT_OPENCL_VECTOR_BITS
CT_API extern const Flag kNoFloat64;         ///< CT_OPENCL_NO_FP64
CT_API extern const Words kWithout;          ///< CT_OPENCL_WITHOUT
CT_API extern const Flag kTrust;             ///< CT_OPENCL_TRUST
CT_API extern const Choice kGemm;            ///< CT_OPENCL_GEMM
CT_API extern const Choice kInterpret;       ///< CT_OPENCL_INTERPRET
CT_API extern const Folder kKernels;         ///< CT_KERNEL_DIR
CT_API extern const Folder kCacheFolder;     ///< CT_CACHE_DIR
CT_API extern const Number kCacheMebibytes;  ///< CT_CACHE_MB
CT_API extern const Folder kUserCache;       ///< XDG_CACHE_HOME
CT_API extern const Folder kHome;            ///< HOME
CT_API extern const Folder kPoclCache;       ///< POCL_CACHE_DIR
CT_API extern const Flag kCheckMemory;       ///< CT_CHECK_MEMORY
CT_API extern const Flag kCheckIndices;      ///< CT_CHECK_INDICES
CT_API extern const Text kFault;             ///< CT_OPENCL_FAULT

/// All of them, in the order of the documentation.
CT_API std::span<const Setting* const> all();

}  // namespace ct::settings
