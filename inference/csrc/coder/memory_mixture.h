/// Mixes the model, what the text has shown so far, and what a memory has read before.
///
/// A byte is coded bit by bit, the highest first, as in `mixture.h`. The counts of the memory under
/// the last 0 to 12 characters become odds by what came of such counts so far. Five mixers sum the
/// logarithms of all odds, each with weights chosen by another aspect of the context; a sixth sums
/// their sums; a last table corrects what comes out by what came of it under the last two bytes.
/// Integers alone. Reference: inference/compression/memory_mixture.py.
/// Source: Mahoney 2005, "Adaptive weighing of context models for lossless data compression"; the
/// two layers and the last table as in his PAQ8 (Mahoney 2013, "Data compression explained").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "coder/bit_model.h"
#include "coder/memory_walk.h"
#include "coder/text_counts.h"

namespace xinglin::coder {

/// Outcomes of each pair of counts, in classes.
class Outcomes {
 public:
  explicit Outcomes(size_t orders) : slots_(orders * kClasses * kClasses) {}

  /// The `Chance` of a 1 under counts that are not both 0.
  uint32_t& slot(size_t order, const MemoryWalk::Counts& counts);

 private:
  static constexpr size_t kClasses = 64;
  static size_t class_of(uint64_t n);

  std::vector<uint32_t> slots_;
};

/// Corrects a probability by what came of it before.
class Correction {
 public:
  explicit Correction(const Logarithm& logarithm);

  /// The probability, in units of 2^-22, of odds under the last bytes and the bits so far.
  int64_t refine(int64_t odds, int64_t p, uint64_t history, uint32_t node);
  void update(int bit);

 private:
  static constexpr size_t kContexts = size_t{1} << 16;
  static constexpr size_t kSteps = 33;

  std::vector<uint16_t> table_;  // (contexts, steps)
  uint16_t* nearest_ = nullptr;
};

class MemoryMixture final : public BitModel {
 public:
  MemoryMixture(const PowerTable& powers, std::shared_ptr<const MemoryIndex> memory);

  void begin(const Frequencies& share) override;
  int64_t predict() override;
  void update(int bit) override;

 private:
  /// Characters of context whose counts are mixed.
  static constexpr std::array<size_t, 9> kCharacters = {0, 1, 2, 3, 4, 5, 6, 8, 12};
  static constexpr size_t kText = 1;  // inputs: the model, the text's counts, the memory's
  static constexpr size_t kMemory = kText + TextCounts::kOrders;
  static constexpr size_t kInputs = kMemory + kCharacters.size();
  static constexpr size_t kAges = 32;
  static constexpr size_t kMixers = 5;
  static constexpr std::array<size_t, kMixers> kSets = {(MemoryWalk::kLongest + 1) * 16, 2048, 1024,
                                                        1024, 1024};

  size_t hear_text();
  void hear_memory();
  std::array<size_t, kMixers> choose_sets(size_t longest_in_text) const;
  size_t place() const;

  Logarithm logarithm_;
  TextCounts counts_;
  MemoryWalk walk_;
  Outcomes outcomes_;
  Correction correction_;
  std::array<std::vector<int32_t>, kMixers> weights_;  // (sets, inputs, ages), units of 2^-16
  std::vector<int32_t> last_weights_;                  // (bytes of the character, nodes, mixers)
  BitSums sums_{};

  // Of the bit that comes:
  std::array<int64_t, kInputs> odds_{};
  std::array<size_t, kInputs> ages_{};
  std::array<uint32_t*, kCharacters.size()> slots_{};
  std::array<int32_t*, kMixers> chosen_{};  // (inputs, ages)
  std::array<int64_t, kMixers> mixed_{};    // odds of each mixer
  int32_t* last_ = nullptr;                 // (mixers,)
  int64_t p_ = 0;                           // before the correction
};

}  // namespace xinglin::coder
