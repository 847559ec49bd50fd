/// Logarithms of odds in whole steps of 1/4096 of log2, and the way back.
///
/// Tables made of integers alone, so that every machine has the same.
/// Reference: inference/compression/logarithm.py.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "coder/frequencies.h"

namespace xinglin::coder {

/// Probabilities of one bit, in units of 2^-22.
constexpr int kBitBits = 22;
constexpr int64_t kBitTotal = int64_t{1} << kBitBits;
/// The largest odds: 2^21 to one.
constexpr int64_t kFurthestOdds = 21 * PowerTable::kSteps;

class Logarithm {
 public:
  explicit Logarithm(const PowerTable& powers);

  /// log2(n) in steps, rounded down to about one; n >= 1.
  int64_t log2(uint64_t n) const {
    const int high = 63 - __builtin_clzll(n);
    const uint64_t fraction = (n << (63 - high)) << 1 >> (64 - PowerTable::kFractionBits);
    return high * PowerTable::kSteps + fraction_[fraction];
  }
  /// log2 of the odds a : b, both at least 1.
  int64_t odds(uint64_t a, uint64_t b) const { return log2(a) - log2(b); }
  /// The probability that has these odds, in units of 2^-22, at least 1 and less than 2^22.
  int64_t probability(int64_t odds) const {
    const int64_t far = odds < 0 ? -odds : odds;
    const int64_t near = far > kFurthestOdds ? kFurthestOdds : far;
    const uint64_t one = uint64_t{1} << 31;
    const int64_t p = static_cast<int64_t>((one << kBitBits) / (one + powers_.power(near)));
    return odds < 0 ? kBitTotal - p : p;
  }

 private:
  const PowerTable& powers_;
  std::array<uint16_t, PowerTable::kSteps> fraction_;
};

}  // namespace xinglin::coder
