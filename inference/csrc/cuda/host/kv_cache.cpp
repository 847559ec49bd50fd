#include "cuda/host/kv_cache.h"

#include <algorithm>

namespace xinglin::cuda {
namespace {

constexpr size_t kHistoryStep = 4096;

}  // namespace

KvCacheMemory::KvCacheMemory(size_t bytes, size_t count) : bytes_(bytes) {
  for (size_t i = 0; i < count; ++i) free_.emplace_back(bytes);
}

Buffer<uint8_t> KvCacheMemory::take() {
  if (free_.empty()) return Buffer<uint8_t>(bytes_);
  Buffer<uint8_t> memory = std::move(free_.back());
  free_.pop_back();
  return memory;
}

void KvCacheMemory::give(Buffer<uint8_t> memory) { free_.push_back(std::move(memory)); }

KvCache::KvCache(const CacheLayout& layout, std::shared_ptr<KvCacheMemory> pool, Queue& queue)
    : layout_(layout),
      pool_(std::move(pool)),
      queue_(queue),
      memory_(pool_->take()),
      step_bytes_(layout.output > 0 ? 2 : 1),
      text_(step_bytes_ * static_cast<size_t>(layout.room() + kRecent)) {}

void KvCache::copy(const xinglin::KvCache& other, int64_t length) {
  const KvCache& from = static_cast<const KvCache&>(other);
  // What the last step projected is known of the other's last one only: it is read again.
  rewind(layout_.raw > 0 ? length - 1 : length);
  replays_ = layout_.raw > 0;
  queue_.copy(memory_.data(), from.memory_.data(), layout_.bytes());
  text_ = from.text_;
}

void KvCache::rewind(int64_t length) {
  length_ = length;
  replays_ = false;
  history_length_ = -1;
  automaton.reset();
}

void KvCache::fill(SequenceState& sequence) const {
  sequence.cache = memory_.data();
  sequence.length = length_;
  sequence.automaton = automaton ? automaton->data() : nullptr;
  sequence.history = history_length_ < 0 ? nullptr : history_.data();
  sequence.match = history_length_ < 0 ? nullptr : match_.data();
  sequence.history_length = std::max<int64_t>(history_length_, 0);
  sequence.replays = replays_ ? 1 : 0;
  const int64_t end = length_ * static_cast<int64_t>(step_bytes_);
  for (int64_t i = std::max<int64_t>(end - kRecent, 0); i < end; ++i) {
    sequence.recent[i % kRecent] = text_[static_cast<size_t>(i) % text_.size()];
  }
}

void KvCache::append(const uint8_t* bytes, size_t steps) {
  const size_t begin = step_bytes_ * static_cast<size_t>(length_);
  const size_t n = step_bytes_ * steps;
  for (size_t i = 0; i < n; ++i) text_[(begin + i) % text_.size()] = bytes[i];
  length_ += static_cast<int64_t>(steps);
  replays_ = replays_ && steps == 0;
}

void KvCache::grow_history(const MatchPenalty& penalty, size_t more) {
  const bool first = history_length_ < 0;
  const size_t known = first ? penalty.history().size() : static_cast<size_t>(history_length_);
  if (known + more > history_.size()) {
    const size_t size = std::max(2 * history_.size(), known + more + kHistoryStep);
    Buffer<uint8_t> history(size);
    Buffer<uint8_t> match(size);
    if (!first) {
      queue_.copy(history.data(), history_.data(), known);
      queue_.copy(match.data(), match_.data(), known);
      queue_.wait();
    }
    history_ = std::move(history);
    match_ = std::move(match);
  }
  if (!first) return;
  queue_.copy(history_.data(), penalty.history().data(), known);
  queue_.copy(match_.data(), penalty.match().data(), known);
  queue_.wait();
  history_length_ = static_cast<int64_t>(known);
}

}  // namespace xinglin::cuda
