// The exceptions' destructors, out of line: one copy of each vtable and type, so that a catch in a
// program recognises what the shared library throws.
#include "customtensor/error.hpp"

namespace ct {

Error::~Error() = default;
ShapeError::~ShapeError() = default;
DTypeError::~DTypeError() = default;
DeviceError::~DeviceError() = default;
IndexError::~IndexError() = default;
ValueError::~ValueError() = default;
AutogradError::~AutogradError() = default;
IoError::~IoError() = default;
BackendError::~BackendError() = default;
OutOfMemoryError::~OutOfMemoryError() = default;
DeviceLostError::~DeviceLostError() = default;

}  // namespace ct
