#include "coder/mixture.h"

#include <algorithm>

namespace xinglin::coder {
namespace {

constexpr int32_t kOne = 1 << 16;  // a weight of 1: what the model begins with
constexpr int32_t kSome = 16000;   // what the counts begin with
constexpr int32_t kMostWeight = 64 * kOne;
constexpr int64_t kRate = 200;
constexpr int kRateBits = 32;

}  // namespace

Mixture::Mixture(const PowerTable& powers)
    : logarithm_(powers), weights_(kSets * kInputs * TextCounts::kAges, kSome) {
  for (size_t set = 0; set < kSets; ++set) weight(set, 0, 0) = kOne;
}

void Mixture::begin(const Frequencies& share) {
  sum_bits(share, sums_);
  counts_.begin();
}

int64_t Mixture::predict() {
  const size_t node = counts_.node();
  size_t longest = 0;
  std::array<uint32_t, kOrders> seen;
  for (size_t i = 0; i < kOrders; ++i) {
    const uint32_t chance = counts_.chance(i);
    seen[i] = Chance::seen(chance);
    odds_[i + 1] = Chance::odds(chance, logarithm_);
    if (seen[i] > 0) longest = i + 1;
  }
  odds_[0] = logarithm_.odds(sums_[2 * node + 1], sums_[2 * node]);
  const int64_t sure = std::min<int64_t>((odds_[0] < 0 ? -odds_[0] : odds_[0]) >> 12, 7);
  const size_t sets[2] = {longest * 8 + static_cast<size_t>(sure), kModelSets + node};
  int64_t sum = 0;
  for (size_t i = 0; i < kInputs; ++i) {
    const size_t years = i == 0 ? 0 : TextCounts::age(seen[i - 1]);
    for (size_t s = 0; s < 2; ++s) {
      chosen_[i][s] = &weight(sets[s], i, years);
      sum += odds_[i] * *chosen_[i][s];
    }
  }
  p_ = logarithm_.probability(sum >> 17);
  return p_;
}

void Mixture::update(int bit) {
  const int64_t error = (int64_t{bit} << kBitBits) - p_;
  for (size_t i = 0; i < kInputs; ++i) {
    const int32_t step = static_cast<int32_t>((odds_[i] * error * kRate) >> kRateBits);
    for (int32_t* w : chosen_[i]) *w = std::clamp(*w + step, -kMostWeight, kMostWeight);
  }
  counts_.update(bit);
}

}  // namespace xinglin::coder
