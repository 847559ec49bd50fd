/// The KV cache of one sequence on the device, and what the host remembers of it.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "cuda/host/device.h"
#include "engine/kv_cache.h"
#include "engine/penalty.h"

namespace xinglin::cuda {

/// Memory for KV caches of one size: what one leaves, the next takes.
class KvCacheMemory {
 public:
  /// Reserve memory for `count`; more is asked for when it is needed.
  KvCacheMemory(size_t bytes, size_t count);
  Buffer<uint8_t> take();
  void give(Buffer<uint8_t> memory);

 private:
  const size_t bytes_;
  std::vector<Buffer<uint8_t>> free_;
};

class KvCache : public xinglin::KvCache {
 public:
  /// The queue must outlive it; so must all that uses both be of one thread.
  KvCache(const CacheLayout& layout, std::shared_ptr<KvCacheMemory> pool, Queue& queue);
  ~KvCache() override { pool_->give(std::move(memory_)); }
  KvCache(const KvCache&) = delete;
  KvCache& operator=(const KvCache&) = delete;

  int64_t length() const override { return length_; }
  bool whole() const override { return length_ <= layout_.room(); }
  void copy(const xinglin::KvCache& from, int64_t length) override;
  void rewind(int64_t length) override;

  /// Fill in a launch's sequence: cache, length, recent bytes, and the history when there is one.
  void fill(SequenceState& sequence) const;
  /// Take in the bytes of steps that the device has read.
  void append(const uint8_t* bytes, size_t steps);

  /// The sequence's automaton on the device; null before the first launch.
  std::shared_ptr<Buffer<uint8_t>> automaton;
  /// Give a history room for `more` bytes; at first it is what `penalty` knows.
  void grow_history(const MatchPenalty& penalty, size_t more);
  void set_history_length(int64_t length) { history_length_ = length; }

 private:
  const CacheLayout layout_;
  const std::shared_ptr<KvCacheMemory> pool_;
  Queue& queue_;
  Buffer<uint8_t> memory_;
  int64_t length_ = 0;
  const size_t step_bytes_;
  bool replays_ = false;       // whether the next step is kept already
  std::vector<uint8_t> text_;  // ring by byte
  Buffer<uint8_t> history_;
  Buffer<uint8_t> match_;
  int64_t history_length_ = -1;  // before it has begun
};

}  // namespace xinglin::cuda
