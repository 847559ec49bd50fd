/// The probability of each bit of a byte, learnt from the bits that came before.
#pragma once

#include <cstdint>

#include "coder/frequencies.h"

namespace xinglin::coder {

class BitModel {
 public:
  BitModel() = default;
  BitModel(const BitModel&) = delete;
  BitModel& operator=(const BitModel&) = delete;
  virtual ~BitModel() = default;

  /// Begin a byte of which the language model expects this.
  virtual void begin(const Frequencies& share) = 0;
  /// The probability that the next bit is 1, in units of 2^-22, from 1 to 2^22 - 1.
  virtual int64_t predict() = 0;
  /// Learn the bit that came.
  virtual void update(int bit) = 0;
};

/// sums[node] of the 256 frequencies below a node: the bits of the byte so far with a 1 in front.
using BitSums = std::array<uint32_t, 512>;

inline void sum_bits(const Frequencies& share, BitSums& sums) {
  for (size_t i = 0; i < share.size(); ++i) sums[256 + i] = share[i];
  for (size_t i = 255; i > 0; --i) sums[i] = sums[2 * i] + sums[2 * i + 1];
}

}  // namespace xinglin::coder
