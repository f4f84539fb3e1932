// Composition root: which devices come with the library.
#include "core/device/builtin.hpp"

#include "backend_cpu/cpu_backend.hpp"
#include "customtensor/meta_backend.hpp"
#ifdef CT_OPENCL
#include "backend_opencl/device/discover.hpp"
#endif

namespace ct {

void register_builtin_backends(DeviceRegistry& registry) {
  BuiltinRegistrar registrar(registry);
  registrar.add(std::make_unique<cpu::CpuBackend>());
  registrar.add(std::make_unique<MetaBackend>());
#ifdef CT_OPENCL
  registrar.add_family("custom_gpu", opencl::discover, opencl::install_hint);
#else
  registrar.add_family(
      "custom_gpu", [] { return std::vector<std::unique_ptr<Backend> >(); },
      [] {
        return std::string(
            "this library was built without OpenCL; build it again where "
            "ocl-icd-opencl-dev and opencl-clhpp-headers are installed");
      });
#endif
}

}  // namespace ct
