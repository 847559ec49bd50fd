#include "coder/packed_bits.h"

#include <algorithm>
#include <cstring>

#include "common/status.h"

namespace xinglin::coder {
namespace {

constexpr uint64_t kFullClass = 63;

/// at[n][k] = binomial(n, k); width[k] = bits that number the blocks with k ones.
struct Binomials {
  std::array<std::array<uint64_t, 64>, 64> at{};
  std::array<uint8_t, 64> width{};

  constexpr Binomials() {
    for (size_t n = 0; n < 64; ++n) {
      at[n][0] = 1;
      for (size_t k = 1; k <= n; ++k) at[n][k] = at[n - 1][k - 1] + (k < n ? at[n - 1][k] : 0);
    }
    for (size_t k = 0; k < 64; ++k) {
      while ((uint64_t{1} << width[k]) < at[kBlockBits][k]) ++width[k];
    }
  }
};
constexpr Binomials kBinomials;

BitGroup load_group(const uint8_t* groups, uint64_t i) {
  BitGroup group;
  std::memcpy(&group, groups + i * sizeof(BitGroup), sizeof(BitGroup));
  return group;
}

uint64_t class_of(const BitGroup& group, uint64_t block) {
  return group.classes[block / 10] >> (6 * (block % 10)) & 63;
}

/// The number of `width` <= 61 bits at a bit of the payload.
uint64_t load_number(const uint8_t* payload, uint64_t bit, int width) {
  uint64_t low;
  std::memcpy(&low, payload + (bit >> 3), sizeof(low));
  const uint64_t high = payload[(bit >> 3) + 8];
  const int shift = static_cast<int>(bit & 7);
  const uint64_t both = shift == 0 ? low : low >> shift | high << (64 - shift);
  return both & ((uint64_t{1} << width) - 1);
}

/// The ones among the first `count` < 63 bits of the block with this class and number.
uint64_t ones_of_block(uint64_t ones, uint64_t number, uint64_t count) {
  if (ones == kFullClass) return count;
  uint64_t left = ones;
  for (uint64_t i = 0; i < count && left > 0; ++i) {
    const uint64_t without = kBinomials.at[kBlockBits - 1 - i][left];
    const uint64_t one = number >= without ? 1 : 0;
    number -= one == 1 ? without : 0;
    left -= one;
  }
  return ones - left;
}

/// Number of this block among those with so many ones.
uint64_t number_of_block(uint64_t block, uint64_t ones) {
  uint64_t number = 0;
  for (uint64_t i = 0; i < kBlockBits && ones > 0; ++i) {
    if ((block >> i & 1) == 0) continue;
    number += kBinomials.at[kBlockBits - 1 - i][ones];
    --ones;
  }
  return number;
}

uint64_t load_block(const std::vector<uint64_t>& words, uint64_t bits, uint64_t begin) {
  if (begin >= bits) return 0;
  const uint64_t count = std::min(kBlockBits, bits - begin);
  const size_t word = static_cast<size_t>(begin / 64);
  const uint64_t shift = begin % 64;
  uint64_t block = words[word] >> shift;
  if (shift != 0 && word + 1 < words.size()) block |= words[word + 1] << (64 - shift);
  return block & ((uint64_t{1} << count) - 1);
}

}  // namespace

PackedBits::PackedBits(const uint8_t* groups, uint64_t bits, const uint8_t* payload,
                       size_t payload_bytes)
    : groups_(groups), payload_(payload) {
  require(payload_bytes >= kPadding);
  const uint64_t end = uint64_t{payload_bytes - kPadding} * 8;
  for (uint64_t i = 0; i < group_count(bits); ++i) require(load_group(groups, i).at <= end);
}

uint64_t PackedBits::ones_before(uint64_t i) const {
  const BitGroup group = load_group(groups_, i / kGroupBits);
  const uint64_t block = i % kGroupBits / kBlockBits;
  uint64_t ones = group.ones;
  uint64_t at = group.at;
  for (uint64_t k = 0; k < block; ++k) {
    const uint64_t some = class_of(group, k);
    ones += some;
    at += kBinomials.width[some];
  }
  const uint64_t count = i % kBlockBits;
  if (count == 0) return ones;
  const uint64_t here = class_of(group, block);
  const uint64_t number = load_number(payload_, at, kBinomials.width[here]);
  return ones + ones_of_block(here, number, count);
}

BitPacker::BitPacker(const std::vector<uint64_t>& words, uint64_t bits) {
  uint64_t ones = 0;
  groups.resize(static_cast<size_t>(group_count(bits)));
  for (size_t i = 0; i < groups.size(); ++i) {
    require(used_ <= UINT32_MAX && ones <= UINT32_MAX);
    BitGroup& group = groups[i];
    group = {static_cast<uint32_t>(ones), static_cast<uint32_t>(used_), {}};
    for (uint64_t k = 0; k < kGroupBlocks; ++k) {
      const uint64_t block = load_block(words, bits, i * kGroupBits + k * kBlockBits);
      const uint64_t some = static_cast<uint64_t>(__builtin_popcountll(block));
      group.classes[k / 10] |= some << (6 * (k % 10));
      put(number_of_block(block, some), kBinomials.width[some]);
      ones += some;
    }
  }
  payload.resize(static_cast<size_t>((used_ + 7) / 8) + kPadding);
}

void BitPacker::put(uint64_t number, int width) {
  for (int done = 0; done < width;) {
    const size_t byte = static_cast<size_t>(used_ / 8);
    if (byte == payload.size()) payload.push_back(0);
    const int shift = static_cast<int>(used_ % 8);
    const int take = std::min(8 - shift, width - done);
    const uint64_t part = number >> done & ((uint64_t{1} << take) - 1);
    payload[byte] = static_cast<uint8_t>(payload[byte] | part << shift);
    used_ += static_cast<uint64_t>(take);
    done += take;
  }
}

}  // namespace xinglin::coder
