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
#include <vector>

#include "coder/bit_model.h"
#include "coder/text_counts.h"

namespace xinglin::coder {

class Mixture final : public BitModel {
 public:
  explicit Mixture(const PowerTable& powers);

  void begin(const Frequencies& share) override;
  int64_t predict() override;
  void update(int bit) override;

 private:
  static constexpr size_t kOrders = TextCounts::kOrders;
  static constexpr size_t kInputs = kOrders + 1;           // the model is the first
  static constexpr size_t kModelSets = 8 * (kOrders + 1);  // sets by how sure the model is
  static constexpr size_t kSets = kModelSets + 256;        // and by the bits before

  int32_t& weight(size_t set, size_t input, size_t age) {
    return weights_[(set * kInputs + input) * TextCounts::kAges + age];
  }

  Logarithm logarithm_;
  TextCounts counts_;
  std::vector<int32_t> weights_;         // (sets, inputs, ages) in units of 2^-16
  BitSums sums_{};                       // of the model
  std::array<int64_t, kInputs> odds_{};  // of the bit that comes, and with which weights they go:
  std::array<std::array<int32_t*, 2>, kInputs> chosen_{};
  int64_t p_ = 0;
};

}  // namespace xinglin::coder
