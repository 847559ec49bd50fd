/// The scheduler of one engine thread: continuous batching of up to `max_batch` sequences.
///
/// Sequences join and leave the batch between bytes. Each that decodes adds one row to a step;
/// prompts add up to `chunk` rows in all, so that a long one slows the others' bytes but never
/// holds them up. When many decode they may take turns: see DecodeGroups. What two prompts begin
/// with is read once: see PrefixCache.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "engine/decode_groups.h"
#include "engine/prefix_cache.h"
#include "engine/shared_state.h"
#include "engine/stepper.h"

namespace xinglin {

class Scheduler {
 public:
  /// config: of this thread alone. index: the thread's number.
  Scheduler(SharedState& state, size_t index, std::unique_ptr<Stepper> stepper,
            const xl_engine_config& config);

  /// Step until the engine is closed.
  void run();

 private:
  bool admit();
  void admit_one(std::shared_ptr<Sequence> sequence);
  void clear_prefix_cache();
  void drop_waiting(Clock::time_point now);
  void drop_interrupted(Clock::time_point now);
  void step();
  void plan();
  void plan_prefill(Slot& slot, int& budget);
  void plan_decode(Slot& slot);
  bool share_prefix(Slot& slot);
  const Slot* running_prefix(const Slot& slot, size_t& shared) const;
  void retire(Slot& slot, xl_finish why);
  void publish();

  SharedState& state_;
  const size_t index_;
  const std::unique_ptr<Stepper> stepper_;
  const size_t max_batch_;
  std::vector<Slot> slots_;
  PrefixCache prefix_cache_;
  DecodeGroups groups_;
  Statistics statistics_;
  std::vector<std::pair<std::shared_ptr<Sequence>, xl_finish>> finished_;  // not yet published
  size_t decoding_ = 0;           // rows of the step under way that decode
  size_t prefilling_ = 0;         // and that are of prompts
  Clock::time_point searched_{};  // when the queue was last searched for expired requests
};

}  // namespace xinglin
