/// A memory: which characters followed every context of a training text, however long.
///
/// The text is kept reversed and sorted by suffixes (the Burrows-Wheeler transform): what followed
/// a context lies side by side, so that a context is a range of rows, and the character before it
/// one step of backward search (an FM index). The rows are a tree of bits, one level for each bit
/// of a character's code that tells characters apart, so that in every range the zeros and the ones
/// of the next bit can be counted. Files: `docs/compression.md`. Source: Ferragina, Manzini 2000,
/// "Opportunistic data structures with applications"; Grossi, Gupta, Vitter 2003, "High-order
/// entropy-compressed text indexes". Reference: inference/compression/memory_index.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coder/packed_bits.h"

namespace xinglin::coder {

/// Codecs as the file numbers them.
enum class Codec : uint8_t { kUtf8 = 1, kGb18030 = 2, kUtf16Le = 3, kUtf16Be = 4 };

/// Bytes of the character that begins with these `count` bytes, in the highest bits of `code`; any
/// byte begins one. 0 when more bytes have to be seen.
int character_bytes(Codec codec, uint32_t code, int count);

constexpr uint64_t kMostCharacters = uint64_t{1} << 27;

/// The file's beginning, little-endian.
struct MemoryHead {
  uint8_t signature[4];
  uint8_t version;
  uint8_t codec;
  uint16_t zero;
  uint32_t symbols;
  uint32_t characters;
  uint64_t bits;
  uint64_t payload_bytes;
};
static_assert(sizeof(MemoryHead) == 32, "the file's layout");
constexpr MemoryHead kMemoryHead = {{0xf5, 'X', 'L', 'M'}, 1, 0, 0, 0, 0, 0, 0};

/// A set of characters whose codes differ at one bit first.
struct MemoryNode {
  uint32_t first;  // symbols [first, split) have a 0 there, [split, end) a 1
  uint32_t split;
  uint32_t end;
  int32_t depth;     // of that bit; 0 is the highest of the first byte
  int32_t child[2];  // a node, or -1 - symbol
  uint64_t at;       // where its bits begin
  uint64_t ones;     // how many lie before
};

/// The tree over sorted codes; its bits lie in the order of its nodes, each before its children.
class MemoryTree {
 public:
  /// codes: ascending, no two equal, in the highest bits; counts: at least 1 each.
  /// Throws Failure: XL_INVALID when they are not so, or there are too many.
  MemoryTree(std::vector<uint32_t> codes, const std::vector<uint32_t>& counts);

  uint32_t code(size_t symbol) const { return codes_[symbol]; }
  /// Rows of all symbols before this one.
  uint64_t rows_before(size_t symbol) const { return before_[symbol]; }
  uint64_t rows() const { return before_.back(); }
  uint64_t bits() const { return bits_; }
  int32_t root() const { return root_; }
  size_t symbols() const { return codes_.size(); }

  std::vector<MemoryNode> nodes;

 private:
  int32_t grow(uint32_t first, uint32_t end);

  std::vector<uint32_t> codes_;
  std::vector<uint64_t> before_;  // (symbols + 1,)
  uint64_t bits_ = 0;
  int32_t root_ = 0;
};

class MemoryIndex {
 public:
  /// data: a whole file, read as long as this lives. Damage inside it gives other counts, never a
  /// read outside it. Throws Failure: XL_INVALID when it is no such file.
  MemoryIndex(const uint8_t* data, size_t size);

  Codec codec() const { return codec_; }
  const MemoryTree& tree() const { return tree_; }
  /// Number of ones among the first i bits of the node.
  uint64_t ones(const MemoryNode& node, uint64_t i) const;

 private:
  Codec codec_;
  MemoryTree tree_;
  PackedBits bits_;
};

}  // namespace xinglin::coder
