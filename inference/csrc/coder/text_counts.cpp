#include "coder/text_counts.h"

#include <algorithm>
#include <new>

namespace xinglin::coder {
namespace {

constexpr uint32_t kMostSeen = 127;

}  // namespace

/// The tables come from calloc: a page that no context falls into is never made.
TextCounts::TextCounts()
    : tables_(static_cast<Line*>(std::calloc(kOrders * kLines, sizeof(Line)))) {
  if (tables_ == nullptr) throw std::bad_alloc();
}

void TextCounts::begin() {
  node_ = 1;
  find_lines();
}

void TextCounts::update(int bit) {
  const size_t at = slot();
  for (Line* line : lines_) Chance::learn(line->slot[at], bit, kMostSeen);
  node_ = 2 * node_ + static_cast<uint32_t>(bit);
  if (node_ >= 256) history_ = history_ << 8 | (node_ & 255);
  if (node_ >= 16 && node_ < 32) find_lines();
}

size_t TextCounts::age(uint32_t seen) {
  if (seen < 8) return seen;
  const uint32_t high = static_cast<uint32_t>(top_bit(seen));
  return std::min<size_t>(2 * high + 2 + (seen >> (high - 1) & 1), kAges - 1);
}

/// One line of each order for this half of the byte; a line that another context holds is emptied.
void TextCounts::find_lines() {
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

size_t TextCounts::slot() const {
  if (node_ < 16) return node_;
  const uint32_t first = 1U << (top_bit(node_) - 4);
  return first | (node_ & (first - 1));
}

}  // namespace xinglin::coder
