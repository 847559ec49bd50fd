/// The prefix cache of one thread: KV caches of finished sequences, for prompts that begin alike.
///
/// The next turn of a conversation begins with all of the turn before, and the drafts of one reply
/// with the same prompt: what they have in common is copied, not computed. Cleared and surplus KV
/// caches stay for a while, too, as memory for the sequences to come.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "engine/stepper.h"

namespace xinglin {

class PrefixCache {
 public:
  /// Spare KV caches at most: a burst should not hold its memory for ever.
  static constexpr size_t kMostSpare = 6;

  /// bytes: memory for the KV caches of finished sequences; 0 keeps none. The stepper outlives it.
  PrefixCache(Stepper& stepper, uint64_t bytes);

  /// An empty KV cache for a sequence to come.
  std::unique_ptr<KvCache> new_kv_cache();

  /// Bytes that a prompt can take over from a text that was read: whole steps, but not the
  /// prompt's last one, whose logits are wanted; 0 when they are too few to be worth a copy.
  size_t common_bytes(const std::vector<uint8_t>& prompt, const std::vector<uint8_t>& text) const;

  /// Find the KV cache that has more than `shared` bytes in common with a prompt, the most of all,
  /// and set `shared` to how many; null when there is none.
  const KvCache* find(const std::vector<uint8_t>& prompt, size_t& shared);

  /// Take over the KV cache of a slot whose sequence has ended, if it fits and no clearing came
  /// since the sequence began.
  void insert(Slot& slot);

  /// Drop everything. epoch: number of this clearing.
  void clear(uint64_t epoch);
  uint64_t epoch() const { return epoch_; }
  size_t size() const { return prefixes_.size(); }

 private:
  struct CachedPrefix {
    std::shared_ptr<Sequence> sequence;
    std::vector<uint8_t> text;  // what the KV cache has read
    std::unique_ptr<KvCache> kv_cache;
  };

  void drop_superseded(const std::vector<uint8_t>& text);
  void recycle(std::unique_ptr<KvCache> kv_cache);
  size_t step_bytes() const { return static_cast<size_t>(stepper_.step_bytes()); }

  Stepper& stepper_;
  const size_t capacity_;             // prefixes
  std::list<CachedPrefix> prefixes_;  // the one used last stands first
  std::vector<std::unique_ptr<KvCache>> spare_;
  uint64_t epoch_ = 0;
};

}  // namespace xinglin
