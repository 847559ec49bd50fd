/// Logits to whole frequencies, the same on every machine.
///
/// Only operations that IEEE 754 defines to the last bit touch the floats: a difference, a product
/// and a floor of doubles. The exponential is integer arithmetic.
/// Reference: inference/compression/frequencies.py.
#pragma once

#include <array>
#include <cstdint>

namespace xinglin::coder {

constexpr int kTotalBits = 24;
constexpr uint32_t kTotal = 1U << kTotalBits;

using Frequencies = std::array<uint32_t, 256>;

/// 2^(-i/4096) in units of 2^-31.
class PowerTable {
 public:
  PowerTable();
  /// 2^(-steps/4096) in units of 2^-31, rounded down; 0 from 2^-32 on. steps >= 0.
  uint64_t power(int64_t steps) const {
    const int64_t whole = steps >> kFractionBits;
    return whole > 31 ? 0 : uint64_t{fraction_[steps & (kSteps - 1)]} >> whole;
  }

  static constexpr int kFractionBits = 12;
  static constexpr int64_t kSteps = 1 << kFractionBits;

 private:
  std::array<uint32_t, kSteps> fraction_;
};

/// softmax(logits) in units of 2^-24; each is at least 1, the sum is 2^24.
///
/// What rounding leaves over goes to the largest logit, of equals the smallest byte.
/// Throws Failure: XL_INTERNAL when a logit is not finite.
Frequencies frequencies(const float* logits, const PowerTable& table);

}  // namespace xinglin::coder
