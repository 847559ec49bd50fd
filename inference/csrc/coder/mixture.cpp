#include "coder/mixture.h"

#include <algorithm>
#include <new>

namespace xinglin::coder {
namespace {

constexpr int32_t kOne = 1 << 16;  // a weight of 1: what the model begins with
constexpr int32_t kSome = 16000;   // what the counts begin with
constexpr int32_t kMostWeight = 64 * kOne;
constexpr int64_t kRate = 200;
constexpr int kRateBits = 32;
constexpr uint32_t kMostSeen = 127;
constexpr uint32_t kSeenBits = 10;
constexpr uint32_t kHalf = 1U << (kBitBits - 1);

uint32_t top_bit(uint32_t n) { return 31U - static_cast<uint32_t>(__builtin_clz(n)); }

}  // namespace

/// The tables come from calloc: a page that no context falls into is never made.
Mixture::Mixture(const PowerTable& powers)
    : logarithm_(powers),
      tables_(static_cast<Line*>(std::calloc(kOrders * kLines, sizeof(Line)))),
      weights_(kSets * kInputs * kAges, kSome) {
  if (tables_ == nullptr) throw std::bad_alloc();
  for (size_t set = 0; set < kSets; ++set) weight(set, 0, 0) = kOne;
}

void Mixture::begin(const Frequencies& share) {
  std::copy(share.begin(), share.end(), sums_.begin() + 256);
  for (size_t i = 255; i > 0; --i) sums_[i] = sums_[2 * i] + sums_[2 * i + 1];
  node_ = 1;
  find_lines();
}

int64_t Mixture::predict() {
  const size_t at = slot();
  size_t longest = 0;
  std::array<uint32_t, kOrders> seen;
  for (size_t i = 0; i < kOrders; ++i) {
    const uint32_t held = lines_[i]->slot[at];
    const int64_t p = (held >> kSeenBits) ^ kHalf;
    seen[i] = held & ((1U << kSeenBits) - 1);
    odds_[i + 1] = logarithm_.odds(static_cast<uint64_t>(std::max<int64_t>(p, 1)),
                                   static_cast<uint64_t>(kBitTotal - p));
    if (seen[i] > 0) longest = i + 1;
  }
  odds_[0] = logarithm_.odds(sums_[2 * node_ + 1], sums_[2 * node_]);
  const int64_t sure = std::min<int64_t>((odds_[0] < 0 ? -odds_[0] : odds_[0]) >> 12, 7);
  const size_t sets[2] = {longest * 8 + static_cast<size_t>(sure), kModelSets + node_};
  int64_t sum = 0;
  for (size_t i = 0; i < kInputs; ++i) {
    const size_t years = i == 0 ? 0 : age(seen[i - 1]);
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
  const size_t at = slot();
  for (Line* line : lines_) count(line->slot[at], bit);
  node_ = 2 * node_ + static_cast<uint32_t>(bit);
  if (node_ >= 256) history_ = history_ << 8 | (node_ & 255);
  if (node_ >= 16 && node_ < 32) find_lines();
}

/// Classes of how often a context was seen: the weight of its odds.
size_t Mixture::age(uint32_t seen) {
  if (seen < 8) return seen;
  const uint32_t high = top_bit(seen);
  return std::min<size_t>(2 * high + 2 + (seen >> (high - 1) & 1), kAges - 1);
}

/// One line of each order for this half of the byte; a line that another context holds is emptied.
void Mixture::find_lines() {
  for (size_t i = 0; i < kOrders; ++i) {
    const uint64_t bytes = static_cast<uint64_t>(kBytes[i]);
    uint64_t hash = (history_ & ((uint64_t{1} << (8 * bytes)) - 1)) + (bytes << 56);
    hash *= 0x9E3779B97F4A7C15U;
    hash = ((hash ^ hash >> 32) + node_) * 0xD6E8FEB86659FD93U;
    hash ^= hash >> 29;
    lines_[i] = &tables_[i * kLines + (hash & (kLines - 1))];
    const uint32_t check = static_cast<uint32_t>(hash >> 32) | 1;
    if (lines_[i]->slot[0] != check) *lines_[i] = Line{{check}};
  }
}

size_t Mixture::slot() const {
  if (node_ < 16) return node_;
  const uint32_t first = 1U << (top_bit(node_) - 4);
  return first | (node_ & (first - 1));
}

/// Move the probability toward the bit: far at first, less the more was seen.
void Mixture::count(uint32_t& slot, int bit) {
  uint32_t seen = slot & ((1U << kSeenBits) - 1);
  uint32_t p = (slot >> kSeenBits) ^ kHalf;
  const uint32_t parts = 2 * seen + 3;
  if (bit == 1) {
    p += (static_cast<uint32_t>(kBitTotal) - 1 - p) * 2 / parts;
  } else {
    p -= p * 2 / parts;
  }
  if (seen < kMostSeen) ++seen;
  slot = (p ^ kHalf) << kSeenBits | seen;
}

}  // namespace xinglin::coder
