// The exceptions of the library. Every message reads
//   <op>: <what is wrong>: <all facts>[; <what to do>]
// and every exception leaves its arguments as they were.
#pragma once

#include <stdexcept>
#include <string>

#include "customtensor/export.hpp"

namespace ct {

/// Base of everything this library throws.
class CT_API Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what) : std::runtime_error(what) {}
  ~Error() override;
};

/// Shapes, ranks or axes do not fit.
class CT_API ShapeError : public Error {
 public:
  using Error::Error;
  ~ShapeError() override;
};

/// A dtype that the operation does not take.
class CT_API DTypeError : public Error {
 public:
  using Error::Error;
  ~DTypeError() override;
};

/// An unknown device, or operands on different devices.
class CT_API DeviceError : public Error {
 public:
  using Error::Error;
  ~DeviceError() override;
};

/// An index or axis out of range.
class CT_API IndexError : public Error {
 public:
  using Error::Error;
  ~IndexError() override;
};

/// An argument's value is out of its range.
class CT_API ValueError : public Error {
 public:
  using Error::Error;
  ~ValueError() override;
};

/// Misuse of the tape: freed graph, changed saved tensor, missing gradient.
class CT_API AutogradError : public Error {
 public:
  using Error::Error;
  ~AutogradError() override;
};

/// A file is missing, unreadable, damaged or of another format.
class CT_API IoError : public Error {
 public:
  using Error::Error;
  ~IoError() override;
};

/// A device failed: out of memory, a kernel that does not build, a lost device.
class CT_API BackendError : public Error {
 public:
  using Error::Error;
  ~BackendError() override;
};

/// A device has no memory left; smaller batches may fit.
class CT_API OutOfMemoryError : public BackendError {
 public:
  using BackendError::BackendError;
  ~OutOfMemoryError() override;
};

/// A device stopped working (a kernel crashed, its driver was reset) and stays so until the process
/// ends. Other devices still work.
class CT_API DeviceLostError : public BackendError {
 public:
  using BackendError::BackendError;
  ~DeviceLostError() override;
};

}  // namespace ct
