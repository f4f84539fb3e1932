// Each fault with its reason and the versions it was seen in. docs/drivers.md says what was tested.
#include "backend_opencl/device/quirks.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ct::opencl {
namespace {

/// A platform, and the versions of its driver that begin so.
struct Driver {
  std::string_view platform, version;
  const char* fault = nullptr;

  bool is_of(const Profile& profile) const {
    return profile.platform_name == platform && profile.driver.starts_with(version);
  }
};

constexpr std::array kGood = {
    Driver{"Portable Computing Language", "3.1"},
    Driver{"Intel(R) OpenCL", "2026."},
};
constexpr std::array kBad = {
    Driver{"rusticl", "22.3", "its compiler crashes (SIGSEGV) at the first of our kernels"},
};

}  // namespace

bool is_known_good(const Profile& profile) {
  return std::ranges::any_of(kGood, [&](const Driver& d) { return d.is_of(profile); });
}

const char* known_fault(const Profile& profile) {
  const auto it = std::ranges::find_if(kBad, [&](const Driver& d) { return d.is_of(profile); });
  return it == kBad.end() ? nullptr : it->fault;
}

std::string quirk_options(const Profile& profile) {
  std::string options;
  // PoCL 3.1 on AVX-512: pow of double8 gives the reciprocal in a lane (0.25 for 2^2) when the
  // other lanes hold infinities. The scalar pow is right, and so is that of float8.
  if (profile.platform_name.find("Portable Computing Language") != std::string::npos) {
    options += " -DQUIRK_VECTOR_POW";
    // PoCL 3.1, float: sin and tan of 1e-38 are 0.0078, its cos 0.99997, and of anything below 2^-7
    // where another lane is beyond 1e6; tan is off by 3.3 ulp and cosh by 2.1. tanh ends at 1 -
    // 2^-24, so that what multiplies 1 - tanh by a large number (mish) is far from 0. double: exp
    // is infinite from 709.78271289338 on, before 709.78271289338397 is reached.
    options += " -DQUIRK_FLOAT_ENDS";
    // PoCL 3.1, double: fmod of vectors with a dividend of 0 in a lane is wrong in others (0.59375
    // for 9.5 mod 3), and takes seconds.
    options += " -DQUIRK_FMOD";
  }
  return options;
}

}  // namespace ct::opencl
