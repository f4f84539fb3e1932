// The program that tests an OpenCL driver before the library trusts it: installed beside the
// library and started by it (backend_opencl/device/trust.hpp), never by people.
#include <cstdio>

#include "backend_opencl/device/self_test.hpp"

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: opencl-self-test PLATFORM DEVICE DRIVER\n", stderr);
    return 2;
  }
  return ct::opencl::self_test_main(arguments[1], arguments[2], arguments[3]);
}
