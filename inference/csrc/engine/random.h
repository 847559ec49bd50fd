/// The generator of one sequence. Source: Steele et al. 2014, as in Java's SplittableRandom.
#pragma once

#include <cstdint>

namespace xinglin {

class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}

  /// The next 64 bits.
  uint64_t integer() {
    state_ += kStep;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }

  /// The next number in [0, 1), of 53 bits.
  double uniform() { return static_cast<double>(integer() >> 11) * 0x1p-53; }

  /// Pass over the next `count` numbers.
  void skip(uint64_t count) { state_ += kStep * count; }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15U;
  uint64_t state_;
};

}  // namespace xinglin
