// Where calls of devices are measured while a profile is taken (see customtensor/profile.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "customtensor/backend.hpp"
#include "customtensor/profile.hpp"

namespace ct::profiling {

inline std::atomic<bool> enabled{false};
inline bool is_on() { return enabled.load(std::memory_order_relaxed); }

/// What a call comes to; 0: not known.
struct Work {
  double bytes = 0, flops = 0;
};

/// Measures one call of a family of `backend`, from here to the end of this object.
class FamilyCall {
 public:
  /// `detail`: what is told apart within the family, "add"; may be empty.
  FamilyCall(Backend& backend, const char* family, std::string_view detail, Work work);
  ~FamilyCall();
  FamilyCall(const FamilyCall&) = delete;
  FamilyCall& operator=(const FamilyCall&) = delete;

 private:
  Backend& backend_;
  std::string_view detail_;
  Work work_;
  ProfiledCall before_;
  double start_ = 0;
};

}  // namespace ct::profiling
