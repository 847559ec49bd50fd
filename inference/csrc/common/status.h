/// Failures inside the library: thrown here, turned into a status code at the C boundary.
#pragma once

#include <exception>

#include "xinglin.h"

namespace xinglin {

struct Failure : std::exception {
  explicit Failure(xl_status code) : status(code) {}
  const char* what() const noexcept override { return "xinglin failure"; }
  xl_status status;
};

inline void require(bool condition, xl_status status = XL_INVALID) {
  if (!condition) throw Failure(status);
}

}  // namespace xinglin
