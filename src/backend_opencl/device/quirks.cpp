// Each fault with its reason and the versions it was seen in.
#include "backend_opencl/device/quirks.hpp"

namespace ct::opencl {

std::string quirk_options(const Profile& profile) {
  std::string options;
  // PoCL 3.1 on AVX-512: pow of double8 gives the reciprocal in a lane (0.25 for 2^2) when the
  // other lanes hold infinities. The scalar pow is right, and so is that of float8.
  if (profile.platform_name.find("Portable Computing Language") != std::string::npos) {
    options += " -DQUIRK_VECTOR_POW";
    // PoCL 3.1, float: sin and tan of 1e-38 are 0.0078, its cos 0.99997; tanh ends at 1 - 2^-24, so
    // that what multiplies 1 - tanh by a large number (gelu, mish) is far from 0.
    options += " -DQUIRK_FLOAT_ENDS";
  }
  return options;
}

}  // namespace ct::opencl
