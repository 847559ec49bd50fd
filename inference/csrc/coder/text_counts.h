/// Counts of the text so far: how often each bit came after the last 1, 2, 3, 4 and 6 bytes.
///
/// Reference: inference/compression/text_counts.py.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "coder/logarithm.h"

namespace xinglin::coder {

inline int top_bit(uint64_t n) { return 63 - __builtin_clzll(n); }

/// An adaptive probability of 22 bits (0 means one half) and 10 bits of how often it was seen.
class Chance {
 public:
  static constexpr uint32_t kSeenBits = 10;
  static constexpr uint32_t kHalf = 1U << (kBitBits - 1);

  static uint32_t make(uint32_t p, uint32_t seen) { return (p ^ kHalf) << kSeenBits | seen; }
  static uint32_t probability(uint32_t slot) { return (slot >> kSeenBits) ^ kHalf; }
  static uint32_t seen(uint32_t slot) { return slot & ((1U << kSeenBits) - 1); }
  /// log2 of the odds that the bit is 1, in steps.
  static int64_t odds(uint32_t slot, const Logarithm& logarithm) {
    const uint64_t p = probability(slot);
    return logarithm.odds(p == 0 ? 1 : p, static_cast<uint64_t>(kBitTotal) - p);
  }
  /// Move the probability toward the bit: far at first, less the more was seen, up to `most`.
  static void learn(uint32_t& slot, int bit, uint32_t most) {
    uint32_t n = seen(slot);
    uint32_t p = probability(slot);
    const uint32_t parts = 2 * n + 3;
    if (bit == 1) {
      p += (static_cast<uint32_t>(kBitTotal) - 1 - p) * 2 / parts;
    } else {
      p -= p * 2 / parts;
    }
    if (n < most) ++n;
    slot = make(p, n);
  }
};

class TextCounts {
 public:
  static constexpr std::array<int, 5> kBytes = {1, 2, 3, 4, 6};
  static constexpr size_t kOrders = kBytes.size();
  static constexpr size_t kAges = 16;

  /// Throws std::bad_alloc.
  TextCounts();

  /// Begin a byte.
  void begin();
  /// Prediction of the next bit by the i-th context, as a `Chance`.
  uint32_t chance(size_t i) const { return lines_[i]->slot[slot()]; }
  void update(int bit);

  /// The bits of this byte so far with a 1 in front.
  uint32_t node() const { return node_; }
  /// The bytes before, the last one lowest.
  uint64_t history() const { return history_; }
  /// Classes of how often a context was seen, below kAges.
  static size_t age(uint32_t seen);

 private:
  static constexpr size_t kLines = size_t{1} << 18;

  /// Counts of one context and half a byte: slot 0 is a check, the others are at the bits before
  /// with a 1 in front.
  struct Line {
    uint32_t slot[16];
  };
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  void find_lines();
  size_t slot() const;

  std::unique_ptr<Line[], Free> tables_;  // (orders, lines)
  std::array<Line*, kOrders> lines_{};
  uint64_t history_ = 0;
  uint32_t node_ = 1;
};

}  // namespace xinglin::coder
