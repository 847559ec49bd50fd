/// Cases of the self-test as they are counted and printed.
#pragma once

#include <cstdio>
#include <string>

namespace selftest {

inline int failures = 0;
inline int cases = 0;

/// Print a line about a case; `worst` is its largest error, where it has one.
inline void report(const std::string& name, bool passed, double worst = 0.0) {
  ++cases;
  failures += passed ? 0 : 1;
  std::printf("%s  %s  (worst %.3g)\n", passed ? "ok  " : "FAIL", name.c_str(), worst);
  std::fflush(stdout);
}

}  // namespace selftest
