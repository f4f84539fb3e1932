// Each fault with its reason and the versions it was seen in.
#include "backend_opencl/quirks.hpp"

namespace ct::opencl {

std::string quirk_options(const Profile& profile) {
  std::string options;
  // PoCL 3.1 on AVX-512: pow of double8 gives the reciprocal in a lane (0.25 for 2^2) when the
  // other lanes hold infinities. The scalar pow is right, and so is that of float8.
  if (profile.platform_name.find("Portable Computing Language") != std::string::npos) {
    options += " -DQUIRK_VECTOR_POW";
    // PoCL 3.1: sin and tan of the float 1e-45 are 0.0078, its cos 0.99997.
    options += " -DQUIRK_DENORMAL_ANGLE";
  }
  return options;
}

}  // namespace ct::opencl
