/// The generator of one sequence. Source: Steele et al. 2014, as in Java's SplittableRandom.
#pragma once

#include <cstdint>

#include "common/host_device.h"

namespace xinglin {

class SplitMix64 {
 public:
  XL_HD explicit SplitMix64(uint64_t seed) : state_(seed) {}

  /// The next 64 bits.
  XL_HD uint64_t integer() {
    state_ += kStep;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  /// The next number in [0, 1), of 53 bits.
  XL_HD double uniform() { return static_cast<double>(integer() >> 11) * 0x1p-53; }

  /// Pass over the next `count` numbers.
  XL_HD void skip(uint64_t count) { state_ += kStep * count; }

  /// Its state: a generator seeded with this goes on from there.
  XL_HD uint64_t state() const { return state_; }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15U;
  uint64_t state_;
};

}  // namespace xinglin
