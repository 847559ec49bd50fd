/// Mixes the model's probabilities with what the text itself has shown so far.
///
/// A byte is coded bit by bit, the highest first. For each bit the model, and counts under the last
/// 1, 2, 3, 4 and 6 bytes, give odds; the logarithms of these are summed with weights that learn
/// from what came. Integers alone. Reference: inference/compression/mixture.py.
/// Source: Mahoney 2005, "Adaptive weighing of context models for lossless data compression".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "coder/frequencies.h"
#include "coder/logarithm.h"

namespace xinglin::coder {

class Mixture {
 public:
  explicit Mixture(const PowerTable& powers);

  /// Begin a byte of which the model expects this.
  void begin(const Frequencies& share);
  /// The probability that the next bit is 1, in units of 2^-22.
  int64_t predict();
  /// Learn the bit that came.
  void update(int bit);

 private:
  static constexpr std::array<int, 5> kBytes = {1, 2, 3, 4, 6};
  static constexpr size_t kOrders = kBytes.size();
  static constexpr size_t kInputs = kOrders + 1;  // the model is the first
  static constexpr size_t kLines = size_t{1} << 18;
  static constexpr size_t kAges = 16;                      // see age()
  static constexpr size_t kModelSets = 8 * (kOrders + 1);  // sets by how sure the model is
  static constexpr size_t kSets = kModelSets + 256;        // and by the bits before

  /// Counts of one context and half a byte: slot 0 is a check, the others, at the bits before with
  /// a 1 in front, hold 22 bits of probability (0 means one half) and 10 of how often it was seen.
  struct Line {
    uint32_t slot[16];
  };

  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  static size_t age(uint32_t seen);
  void find_lines();
  size_t slot() const;
  int32_t& weight(size_t set, size_t input, size_t age) {
    return weights_[(set * kInputs + input) * kAges + age];
  }
  static void count(uint32_t& slot, int bit);

  Logarithm logarithm_;
  std::unique_ptr<Line[], Free> tables_;  // (orders, lines)
  std::array<Line*, kOrders> lines_{};
  std::vector<int32_t> weights_;         // (sets, inputs, ages) in units of 2^-16
  std::array<uint32_t, 512> sums_{};     // of the model, by the bits before with a 1 in front
  std::array<int64_t, kInputs> odds_{};  // of the bit that comes, and with which weights they go:
  std::array<std::array<int32_t*, 2>, kInputs> chosen_{};
  uint64_t history_ = 0;
  uint32_t node_ = 1;  // the bits of this byte so far with a 1 in front
  int64_t p_ = 0;
};

}  // namespace xinglin::coder
