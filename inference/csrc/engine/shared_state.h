/// State that the schedulers of an engine share: the waiting requests, and the counts.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/sequence.h"

namespace xinglin {

/// Every member is guarded by `mutex`.
struct SharedState {
  explicit SharedState(int threads)
      : active(static_cast<size_t>(threads), 0), cached(static_cast<size_t>(threads), 0) {}

  /// Whether a scheduler should take from the queue: the one with the fewest sequences does.
  bool may_take(size_t scheduler) const {
    return !waiting.empty() && active[scheduler] == *std::min_element(active.begin(), active.end());
  }

  mutable std::mutex mutex;
  std::condition_variable work;
  std::deque<std::shared_ptr<Sequence>> waiting;  // first come, first served
  std::vector<int> active;                        // sequences by scheduler
  std::vector<int> cached;                        // prefixes by scheduler
  uint64_t cache_epoch = 0;                       // how often the prefix caches were cleared
  bool closed = false;
  xl_engine_stats stats{};
};

}  // namespace xinglin
