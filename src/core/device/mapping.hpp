// A buffer mapped until end(), or until an error leaves the scope.
#pragma once

#include <utility>

#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"

namespace ct {

class Mapping {
 public:
  /// Errors: those of Backend::map.
  Mapping(Backend& backend, void* buffer)
      : backend_(backend), buffer_(buffer), start_(static_cast<char*>(backend.map(buffer))) {}
  ~Mapping() {
    try {
      end();
    } catch (const Error&) {  // another one is on its way
    }
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  void* buffer() const { return buffer_; }
  /// Its first byte, or null where it must be copied instead.
  char* start() const { return start_; }

  /// Errors: those of Backend::unmap.
  void end() {
    if (char* start = std::exchange(start_, nullptr)) backend_.unmap(buffer_, start);
  }

 private:
  Backend& backend_;
  void* buffer_;
  char* start_;
};

}  // namespace ct
