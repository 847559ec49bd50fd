/// A bit vector in few bytes in which ones can be counted.
///
/// Blocks of 63 bits are stored as their number of ones, 6 bits, and which of the blocks with so
/// many ones it is: ceil(log2(binomial(63, ones))) bits. 30 blocks are a group, which says how many
/// ones lie before it and where its numbers begin.
/// Source: Raman, Raman, Rao 2002, "Succinct indexable dictionaries"; Navarro, Providel 2012,
/// "Fast, small, simple rank/select on bitmaps", where blocks are decoded on the fly. Reference:
/// inference/compression/packed_bits.py.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace xinglin::coder {

constexpr uint64_t kBlockBits = 63;
constexpr uint64_t kGroupBlocks = 30;
constexpr uint64_t kGroupBits = kBlockBits * kGroupBlocks;
constexpr size_t kPadding = 256;  // bytes behind the numbers, more than those of one group

/// 32 bytes, little-endian; ten numbers of ones in each of `classes`, the first lowest.
struct BitGroup {
  uint32_t ones;
  uint32_t at;  // bit of the payload
  std::array<uint64_t, 3> classes;
};
static_assert(sizeof(BitGroup) == 32, "the file's layout");

/// Of `bits` bits there are so many groups: one at least, and one that begins at or before the end.
constexpr uint64_t group_count(uint64_t bits) { return bits / kGroupBits + 1; }

class PackedBits {
 public:
  PackedBits() = default;
  /// groups: group_count(bits) of them; both are read as long as this lives.
  /// Throws Failure: XL_INVALID when a group points outside the payload.
  PackedBits(const uint8_t* groups, uint64_t bits, const uint8_t* payload, size_t payload_bytes);

  /// Number of ones among the first i bits; i is at most the number of bits.
  uint64_t ones_before(uint64_t i) const;

 private:
  const uint8_t* groups_ = nullptr;
  const uint8_t* payload_ = nullptr;
};

/// Packs bits from plain words.
class BitPacker {
 public:
  /// words: bit i is bit i % 64 of word i / 64. Throws Failure: XL_INVALID when the payload would
  /// pass 2^32 bits.
  BitPacker(const std::vector<uint64_t>& words, uint64_t bits);

  std::vector<BitGroup> groups;
  std::vector<uint8_t> payload;  // with its padding

 private:
  void put(uint64_t number, int width);

  uint64_t used_ = 0;
};

}  // namespace xinglin::coder
