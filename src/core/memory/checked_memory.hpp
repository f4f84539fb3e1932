// Finding kernels that write astray: while memory is checked, what they are given lies between
// canaries, which are looked at afterwards. Here: when that is, and what it says; a device's own
// memory is its own matter.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ct {

/// By CT_CHECK_MEMORY, else in debug builds.
/// Errors: ValueError for a setting that is neither 0 nor 1.
bool checks_memory();

/// What bytes of canaries are, and those of memory that nothing has written: NaN in every type of
/// floats.
inline constexpr unsigned char kCanary = 0xc9;
inline constexpr unsigned char kPoison = 0xff;

/// What happened to the canaries before and behind an array of `bytes` bytes: "wrote behind the end
/// of `what` of 12 bytes: at byte 12", or "" if nothing did.
std::string stray_write(std::span<const unsigned char> before,
                        std::span<const unsigned char> behind, std::string_view what, size_t bytes);

}  // namespace ct
