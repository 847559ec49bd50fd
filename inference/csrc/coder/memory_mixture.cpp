#include "coder/memory_mixture.h"

#include <algorithm>

namespace xinglin::coder {
namespace {

constexpr int32_t kOne = 1 << 16;
constexpr int32_t kModelWeight = kOne / 2;  // what the model begins with
constexpr int32_t kCountWeight = 8000;      // what all counts begin with
constexpr int32_t kMostWeight = 64 * kOne;
constexpr int64_t kRate = 256;
constexpr int64_t kLastRate = 20;
constexpr int kRateBits = 32;
constexpr uint32_t kMostSeen = 255;
constexpr uint32_t kSeenBefore = 6;  // how much what the counts say weighs against what comes
constexpr int64_t kFurthestRefined = 12 * PowerTable::kSteps - 1;
constexpr int kRefineRate = 32;

/// Classes of how many rows a context has, below 32.
size_t row_class(uint64_t n) {
  if (n < 4) return static_cast<size_t>(n);
  const int high = top_bit(n);
  return std::min<size_t>(static_cast<size_t>(2 * high) + (n >> (high - 1) & 1), 31);
}

/// 0 and 1: only that bit has come; 2: both have; 3: the context is new.
size_t verdict(const MemoryWalk::Counts& counts) {
  if (counts.sum() == 0) return 3;
  return counts.zero == 0 ? 0 : counts.one == 0 ? 1 : 2;
}

void learn_weight(int32_t& weight, int64_t odds, int64_t error, int64_t rate) {
  const int32_t step = static_cast<int32_t>((odds * error * rate) >> kRateBits);
  weight = std::clamp(weight + step, -kMostWeight, kMostWeight);
}

}  // namespace

/// Up to 7 exactly, then two classes an octave.
size_t Outcomes::class_of(uint64_t n) {
  if (n < 8) return static_cast<size_t>(n);
  const int high = top_bit(n);
  return std::min<size_t>(static_cast<size_t>(2 * high) + 2 + (n >> (high - 1) & 1), kClasses - 1);
}

/// A pair that is new begins at what its first counts say.
uint32_t& Outcomes::slot(size_t order, const MemoryWalk::Counts& counts) {
  uint32_t& slot =
      slots_[(order * kClasses + class_of(counts.zero)) * kClasses + class_of(counts.one)];
  if (slot == 0) {
    const uint64_t p = ((counts.one * 10 + 4) << kBitBits) / (counts.sum() * 10 + 8);
    slot = Chance::make(static_cast<uint32_t>(p), kSeenBefore);
  }
  return slot;
}

Correction::Correction(const Logarithm& logarithm) : table_(kContexts * kSteps) {
  for (size_t i = 0; i < table_.size(); ++i) {
    const int64_t odds = (static_cast<int64_t>(i % kSteps) - 16) * 3072;
    table_[i] = static_cast<uint16_t>(logarithm.probability(odds) >> 6);
  }
}

/// Half of it, between the two steps that are nearest.
int64_t Correction::refine(int64_t odds, int64_t p, uint64_t history, uint32_t node) {
  const uint64_t key = ((history & 0xFFFF) << 8 | node) * 0x9E3779B97F4A7C15U;
  const int64_t at = (std::clamp(odds, -kFurthestRefined, kFurthestRefined) + 12 * 4096) * 4 / 3;
  uint16_t* step = &table_[(key >> 48) * kSteps + static_cast<size_t>(at >> 12)];
  const int64_t share = at & 4095;
  nearest_ = share >= 2048 ? step + 1 : step;
  const int64_t learnt = (step[0] * (4096 - share) + step[1] * share) >> 12;
  return std::clamp<int64_t>((p + (learnt << 6)) >> 1, 1, kBitTotal - 1);
}

void Correction::update(int bit) {
  const int p = *nearest_;
  *nearest_ = static_cast<uint16_t>(bit == 1 ? p + (65535 - p) / kRefineRate : p - p / kRefineRate);
}

MemoryMixture::MemoryMixture(const PowerTable& powers, std::shared_ptr<const MemoryIndex> memory)
    : logarithm_(powers),
      walk_(std::move(memory)),
      outcomes_(kCharacters.size()),
      correction_(logarithm_),
      last_weights_(2 * 256 * kMixers, kOne / static_cast<int32_t>(kMixers)) {
  for (size_t m = 0; m < kMixers; ++m) {
    weights_[m].assign(kSets[m] * kInputs * kAges, kCountWeight);
    for (size_t set = 0; set < kSets[m]; ++set) weights_[m][set * kInputs * kAges] = kModelWeight;
  }
}

void MemoryMixture::begin(const Frequencies& share) {
  sum_bits(share, sums_);
  counts_.begin();
}

int64_t MemoryMixture::predict() {
  walk_.look();
  const size_t node = counts_.node();
  odds_[0] = logarithm_.odds(sums_[2 * node + 1], sums_[2 * node]);
  const size_t longest_in_text = hear_text();
  hear_memory();
  const std::array<size_t, kMixers> sets = choose_sets(longest_in_text);
  last_ = &last_weights_[place() * kMixers];
  int64_t sum = 0;
  for (size_t m = 0; m < kMixers; ++m) {
    chosen_[m] = &weights_[m][sets[m] * kInputs * kAges];
    int64_t part = 0;
    for (size_t i = 0; i < kInputs; ++i) part += odds_[i] * chosen_[m][i * kAges + ages_[i]];
    mixed_[m] = std::clamp(part >> 16, -kFurthestOdds, kFurthestOdds);
    sum += mixed_[m] * last_[m];
  }
  p_ = logarithm_.probability(sum >> 16);
  return correction_.refine(sum >> 16, p_, counts_.history(), counts_.node());
}

void MemoryMixture::update(int bit) {
  const int64_t target = int64_t{bit} << kBitBits;
  for (size_t m = 0; m < kMixers; ++m) {
    learn_weight(last_[m], mixed_[m], target - p_, kLastRate);
    const int64_t error = target - logarithm_.probability(mixed_[m]);
    for (size_t i = 0; i < kInputs; ++i) {
      learn_weight(chosen_[m][i * kAges + ages_[i]], odds_[i], error, kRate);
    }
  }
  correction_.update(bit);
  for (uint32_t* slot : slots_) {
    if (slot != nullptr) Chance::learn(*slot, bit, kMostSeen);
  }
  counts_.update(bit);
  walk_.take(bit);
}

/// Returns how many contexts of the text are known, from the shortest on.
size_t MemoryMixture::hear_text() {
  size_t longest = 0;
  for (size_t i = 0; i < TextCounts::kOrders; ++i) {
    const uint32_t chance = counts_.chance(i);
    odds_[kText + i] = Chance::odds(chance, logarithm_);
    ages_[kText + i] = TextCounts::age(Chance::seen(chance));
    if (Chance::seen(chance) > 0) longest = i + 1;
  }
  return longest;
}

void MemoryMixture::hear_memory() {
  for (size_t i = 0; i < kCharacters.size(); ++i) {
    const MemoryWalk::Counts& counts = walk_.counts(kCharacters[i]);
    slots_[i] = counts.sum() == 0 ? nullptr : &outcomes_.slot(i, counts);
    odds_[kMemory + i] = slots_[i] == nullptr ? 0 : Chance::odds(*slots_[i], logarithm_);
    ages_[kMemory + i] = row_class(counts.sum());
  }
}

/// By the longest context of the memory, whether it is of one mind, and how sure the model is; by
/// the bits of the byte and the text's contexts; by the rows after two and three characters; by the
/// verdicts after one to five; by the bits of the character and the rows after one.
std::array<size_t, MemoryMixture::kMixers> MemoryMixture::choose_sets(
    size_t longest_in_text) const {
  const auto rows = [&](size_t n) { return row_class(walk_.counts(n).sum()); };
  const size_t longest = static_cast<size_t>(std::max(walk_.longest(), 0));
  const size_t sure =
      std::min<size_t>(static_cast<size_t>(odds_[0] < 0 ? -odds_[0] : odds_[0]) >> 12, 7);
  const size_t agreed = longest > 0 && verdict(walk_.counts(longest)) < 2 ? 1 : 0;
  size_t verdicts = 0;
  for (size_t n = 1; n <= 5; ++n) verdicts = 4 * verdicts + verdict(walk_.counts(n));
  const size_t bits = walk_.longest() < 0 ? 0 : static_cast<size_t>(walk_.depth());
  return {(longest * 8 + sure) * 2 + agreed,
          512 * std::min<size_t>(longest_in_text / 2, 3) + place(), rows(2) * 32 + rows(3),
          verdicts, bits * 32 + rows(1)};
}

/// The bits of this byte, and whether it is an even or an odd one of its character.
size_t MemoryMixture::place() const {
  return static_cast<size_t>(walk_.depth() / 8 % 2) * 256 + counts_.node();
}

}  // namespace xinglin::coder
