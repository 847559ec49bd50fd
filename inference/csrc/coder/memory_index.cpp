#include "coder/memory_index.h"

#include <algorithm>
#include <cstring>

#include "common/status.h"

namespace xinglin::coder {
namespace {

constexpr size_t kDigestBytes = 32;  // behind the payload; whoever opens the file compares it

int utf8_bytes(uint32_t byte) {
  if (byte < 0xC0 || byte >= 0xF8) return 1;
  return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

int gb18030_bytes(uint32_t code, int count) {
  const uint32_t lead = code >> 24;
  if (lead < 0x81 || lead == 0xFF) return 1;
  if (count < 2) return 0;
  const uint32_t second = code >> 16 & 255;
  return second >= 0x30 && second <= 0x39 ? 4 : 2;
}

MemoryHead load_head(const uint8_t* data, size_t size) {
  MemoryHead head;
  require(data != nullptr && size >= sizeof(head) + kDigestBytes);
  std::memcpy(&head, data, sizeof(head));
  require(std::memcmp(head.signature, kMemoryHead.signature, 4) == 0 &&
          head.version == kMemoryHead.version && head.codec >= 1 && head.codec <= 4);
  require(head.characters <= kMostCharacters && head.symbols <= head.characters &&
          head.bits <= 32 * kMostCharacters && head.payload_bytes <= size);
  require(size == sizeof(head) + 8 * uint64_t{head.symbols} +
                      sizeof(BitGroup) * group_count(head.bits) + head.payload_bytes +
                      kDigestBytes);
  return head;
}

std::vector<uint32_t> load_words(const uint8_t* data, size_t n) {
  std::vector<uint32_t> words(n);
  if (n > 0) std::memcpy(words.data(), data, n * sizeof(uint32_t));
  return words;
}

MemoryTree load_tree(const uint8_t* data, const MemoryHead& head) {
  const uint8_t* codes = data + sizeof(head);
  MemoryTree tree(load_words(codes, head.symbols),
                  load_words(codes + 4 * size_t{head.symbols}, head.symbols));
  require(tree.bits() == head.bits && tree.rows() == head.characters);
  return tree;
}

}  // namespace

int character_bytes(Codec codec, uint32_t code, int count) {
  if (codec == Codec::kUtf8) return utf8_bytes(code >> 24);
  if (codec == Codec::kGb18030) return gb18030_bytes(code, count);
  if (codec == Codec::kUtf16Be) return (code >> 24 & 0xFC) == 0xD8 ? 4 : 2;
  if (count < 2) return 0;
  return (code >> 16 & 0xFC) == 0xD8 ? 4 : 2;
}

MemoryTree::MemoryTree(std::vector<uint32_t> codes, const std::vector<uint32_t>& counts)
    : codes_(std::move(codes)), before_(1) {
  require(!codes_.empty() && codes_.size() == counts.size() && codes_.size() <= kMostCharacters);
  for (size_t i = 0; i < codes_.size(); ++i) {
    require(counts[i] > 0 && (i == 0 || codes_[i - 1] < codes_[i]));
    before_.push_back(before_.back() + counts[i]);
  }
  require(before_.back() <= kMostCharacters);
  nodes.reserve(codes_.size());
  root_ = grow(0, static_cast<uint32_t>(codes_.size()));
}

/// Depths rise on the way down, so that it goes no deeper than 32.
int32_t MemoryTree::grow(uint32_t first, uint32_t end) {
  if (end - first == 1) return -1 - static_cast<int32_t>(first);
  const int depth = __builtin_clz(codes_[first] ^ codes_[end - 1]);
  const auto begin = codes_.begin();
  const uint32_t pivot = codes_[end - 1] >> (31 - depth) << (31 - depth);
  const auto found = std::lower_bound(begin + first, begin + end, pivot);
  const uint32_t split = static_cast<uint32_t>(found - begin);
  const size_t id = nodes.size();
  nodes.push_back({first, split, end, depth, {0, 0}, bits_, 0});
  bits_ += before_[end] - before_[first];
  const int32_t zero = grow(first, split);
  const int32_t one = grow(split, end);
  nodes[id].child[0] = zero;
  nodes[id].child[1] = one;
  return static_cast<int32_t>(id);
}

MemoryIndex::MemoryIndex(const uint8_t* data, size_t size)
    : codec_(static_cast<Codec>(load_head(data, size).codec)),
      tree_(load_tree(data, load_head(data, size))) {
  const MemoryHead head = load_head(data, size);
  const uint8_t* groups = data + sizeof(head) + 8 * size_t{head.symbols};
  const uint8_t* payload = groups + sizeof(BitGroup) * group_count(head.bits);
  bits_ = PackedBits(groups, head.bits, payload, static_cast<size_t>(head.payload_bytes));
  for (MemoryNode& node : tree_.nodes) node.ones = bits_.ones_before(node.at);
}

/// Of a whole file the clamp changes nothing.
uint64_t MemoryIndex::ones(const MemoryNode& node, uint64_t i) const {
  if (i == 0) return 0;
  const uint64_t before = tree_.rows_before(node.split);
  const uint64_t all = tree_.rows_before(node.end) - before;
  const uint64_t zeros = before - tree_.rows_before(node.first);
  if (i == all + zeros) return all;
  const uint64_t found = bits_.ones_before(node.at + i) - node.ones;
  return std::clamp(found, i > zeros ? i - zeros : 0, std::min(i, all));
}

}  // namespace xinglin::coder
