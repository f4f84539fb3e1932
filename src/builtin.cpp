// Composition root: which devices come with the library.
#include "backend_cpu/cpu_backend.hpp"
#include "core/builtin.hpp"

namespace ct {

void register_builtin_backends(DeviceRegistry& registry) {
  BuiltinRegistrar registrar(registry);
  registrar.add(std::make_unique<cpu::CpuBackend>());
}

}  // namespace ct
