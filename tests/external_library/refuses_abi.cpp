// A library of a device that was built for another version: it gives no backend for any ABI.
#include "customtensor/backend.hpp"

extern "C" CT_API ct::Backend* ct_backend_create(int /*abi*/) { return nullptr; }
