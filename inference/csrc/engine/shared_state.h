/// What the threads of an engine share: the waiting requests, and the counts.
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
struct Board {
  explicit Board(int threads)
      : active(static_cast<size_t>(threads), 0), kept(static_cast<size_t>(threads), 0) {}

  /// Whether a thread should take from the queue: the one with the fewest sequences does.
  bool may_take(size_t thread) const {
    return !waiting.empty() && active[thread] == *std::min_element(active.begin(), active.end());
  }

  mutable std::mutex mutex;
  std::condition_variable work;
  std::deque<std::shared_ptr<Sequence>> waiting;  // first come, first served
  std::vector<int> active;                        // by thread
  std::vector<int> kept;                          // finished sequences still there, by thread
  uint64_t forgets = 0;                           // how often all kept ones were to be dropped
  bool closed = false;
  xl_engine_stats stats{};
};

}  // namespace xinglin
