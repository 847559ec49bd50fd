#include "coder/memory_build.h"

#include <algorithm>
#include <cstring>

#include "coder/suffix_array.h"
#include "common/status.h"

namespace xinglin::coder {
namespace {

std::vector<uint32_t> count_symbols(const uint32_t* text, size_t n, size_t symbols) {
  std::vector<uint32_t> counts(symbols);
  for (size_t i = 0; i < n; ++i) {
    require(text[i] < symbols);
    ++counts[text[i]];
  }
  return counts;
}

/// Successors of each context, the contexts sorted backwards. The first character of all follows
/// the whole text, as if that were a ring.
std::vector<int32_t> sort_contexts(const uint32_t* text, size_t n, size_t symbols) {
  std::vector<int32_t> reversed(n);
  for (size_t i = 0; i < n; ++i) reversed[i] = static_cast<int32_t>(text[n - 1 - i]);
  std::vector<int32_t> rows(n);
  SuffixSorter::sort(reversed.data(), static_cast<int32_t>(n), static_cast<int32_t>(symbols),
                     rows.data());
  for (int32_t& row : rows)
    row = row > 0 ? reversed[static_cast<size_t>(row - 1)] : reversed.back();
  return rows;
}

/// The bits of every node, from its rows in their order.
class TreeFiller {
 public:
  TreeFiller(const MemoryTree& tree, size_t n)
      : words(static_cast<size_t>(tree.bits() / 64 + 1)), tree_(tree), ones_(n) {}

  void fill(int32_t place, int32_t* rows, size_t n) {
    if (place < 0) return;
    const MemoryNode& node = tree_.nodes[static_cast<size_t>(place)];
    int32_t* zeros = rows;
    size_t ones = 0;
    for (size_t i = 0; i < n; ++i) {
      if (rows[i] < static_cast<int32_t>(node.split)) {
        *zeros++ = rows[i];
      } else {
        words[static_cast<size_t>((node.at + i) / 64)] |= uint64_t{1} << ((node.at + i) % 64);
        ones_[ones++] = rows[i];
      }
    }
    std::copy_n(ones_.begin(), ones, zeros);
    fill(node.child[0], rows, n - ones);
    fill(node.child[1], zeros, ones);
  }

  std::vector<uint64_t> words;

 private:
  const MemoryTree& tree_;
  std::vector<int32_t> ones_;
};

std::vector<uint64_t> fill_tree(const MemoryTree& tree, std::vector<int32_t> rows) {
  TreeFiller filler(tree, rows.size());
  filler.fill(tree.root(), rows.data(), rows.size());
  return std::move(filler.words);
}

template <class T>
void append(std::vector<uint8_t>& file, const T* data, size_t n) {
  const size_t at = file.size();
  file.resize(at + n * sizeof(T));
  if (n > 0) std::memcpy(file.data() + at, data, n * sizeof(T));
}

}  // namespace

std::vector<uint8_t> build_memory(const uint32_t* text, size_t n, const uint32_t* codes,
                                  size_t symbols, Codec codec) {
  require(n > 0 && n <= kMostCharacters && symbols > 0 && symbols <= n);
  const std::vector<uint32_t> counts = count_symbols(text, n, symbols);
  const MemoryTree tree(std::vector<uint32_t>(codes, codes + symbols), counts);
  const BitPacker packed(fill_tree(tree, sort_contexts(text, n, symbols)), tree.bits());

  MemoryHead head = kMemoryHead;
  head.codec = static_cast<uint8_t>(codec);
  head.symbols = static_cast<uint32_t>(symbols);
  head.characters = static_cast<uint32_t>(n);
  head.bits = tree.bits();
  head.payload_bytes = packed.payload.size();
  std::vector<uint8_t> file;
  append(file, &head, 1);
  append(file, codes, symbols);
  append(file, counts.data(), symbols);
  append(file, packed.groups.data(), packed.groups.size());
  append(file, packed.payload.data(), packed.payload.size());
  return file;
}

}  // namespace xinglin::coder
