#include "coder/memory_walk.h"

#include <algorithm>

namespace xinglin::coder {

MemoryWalk::MemoryWalk(std::shared_ptr<const MemoryIndex> index) : index_(std::move(index)) {
  contexts_[0] = {0, index_->tree().rows()};
  begin_character();
}

void MemoryWalk::begin_character() {
  ranges_ = contexts_;
  live_ = seen_;
  place_ = index_->tree().root();
  depth_ = 0;
  code_ = 0;
}

int MemoryWalk::forced() const {
  const MemoryTree& tree = index_->tree();
  size_t symbol = static_cast<size_t>(-1 - place_);
  if (place_ >= 0) {
    const MemoryNode& node = tree.nodes[static_cast<size_t>(place_)];
    if (node.depth == depth_) return -1;
    symbol = node.first;
  }
  return static_cast<int>(tree.code(symbol) >> (31 - depth_) & 1);
}

/// Contexts that were followed by the same rows are counted once.
void MemoryWalk::look() {
  counts_.fill({0, 0});
  if (live_ == 0) return;
  const int bit = forced();
  for (size_t n = 0; n < live_; ++n) {
    const Range& range = ranges_[n];
    const uint64_t rows = range.end - range.begin;
    if (bit >= 0) {
      counts_[n] = bit == 1 ? Counts{0, rows} : Counts{rows, 0};
    } else if (n > 0 && range.begin == ranges_[n - 1].begin && range.end == ranges_[n - 1].end) {
      ones_[n] = ones_[n - 1];
      counts_[n] = counts_[n - 1];
    } else {
      const MemoryNode& node = index_->tree().nodes[static_cast<size_t>(place_)];
      const uint64_t before = index_->ones(node, range.begin);
      const uint64_t one =
          std::clamp<uint64_t>(index_->ones(node, range.end), before, before + rows) - before;
      ones_[n] = {before, before + one};
      counts_[n] = {rows - one, one};
    }
  }
}

void MemoryWalk::take(int bit) {
  if (live_ > 0) {
    const int expected = forced();
    if (expected < 0) {
      descend(bit);
    } else if (expected != bit) {
      live_ = 0;
    }
  }
  code_ |= static_cast<uint32_t>(bit) << (31 - depth_);
  ++depth_;
  if (depth_ % 8 == 0 && character_bytes(index_->codec(), code_, depth_ / 8) * 8 == depth_) {
    end_character();
  }
}

/// The longer a context, the fewer rows: behind the first that is empty, all are.
void MemoryWalk::descend(int bit) {
  const MemoryNode& node = index_->tree().nodes[static_cast<size_t>(place_)];
  const MemoryTree& tree = index_->tree();
  const uint64_t rows = bit == 1 ? tree.rows_before(node.end) - tree.rows_before(node.split)
                                 : tree.rows_before(node.split) - tree.rows_before(node.first);
  size_t left = 0;
  for (; left < live_; ++left) {
    Range& range = ranges_[left];
    const Range& ones = ones_[left];
    range = bit == 1 ? ones : Range{range.begin - ones.begin, range.end - ones.end};
    range = {std::min(range.begin, rows), std::min(range.end, rows)};  // of a damaged file
    if (range.begin >= range.end) break;
  }
  live_ = left;
  place_ = node.child[bit];
}

/// The rows in which a character is next are those of the contexts that end with it.
void MemoryWalk::end_character() {
  const bool known = live_ > 0 && place_ < 0;
  const size_t longer = known ? std::min(live_, kLongest) : 0;
  if (known) {
    const uint64_t first = index_->tree().rows_before(static_cast<size_t>(-1 - place_));
    for (size_t n = 0; n < longer; ++n) {
      contexts_[n + 1] = {first + ranges_[n].begin, first + ranges_[n].end};
    }
  }
  seen_ = longer + 1;
  begin_character();
}

}  // namespace xinglin::coder
