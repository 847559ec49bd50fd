/// One thread of an engine: steps up to `max_batch` sequences of its own together.
///
/// Sequences join and leave between bytes. Each that decodes adds one row to a step; prompts add up
/// to `chunk` rows in all, so that a long one slows the others' bytes but never holds them up. When
/// many decode they take turns in groups, if that makes more bytes. What
/// two prompts begin with is read once, and what a finished sequence has read stays for a while,
/// for the next turn of its conversation.
#pragma once

#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "engine/batch_tuner.h"
#include "engine/shared_state.h"
#include "engine/stepper.h"

namespace xinglin {

class Worker {
 public:
  Worker(Board& board, size_t index, std::unique_ptr<Stepper> stepper, int max_batch,
         uint64_t keep_bytes);

  /// Work until the board is closed.
  void run();

 private:
  /// A finished sequence, for whoever goes on where it ended.
  struct Kept {
    std::shared_ptr<Sequence> sequence;
    std::vector<uint8_t> text;  // what the cache has read
    std::unique_ptr<Context> cache;
  };

  bool admit();
  void forget();
  void keep(Slot& slot);
  void put_aside(std::unique_ptr<Context> cache);
  void take(std::shared_ptr<Sequence> sequence);
  void drop_waiting(Clock::time_point now);
  void drop_interrupted(Clock::time_point now);
  void step();
  void regroup();
  void plan();
  bool share(Slot& slot);
  void leave(Slot& slot, xl_finish why);
  void settle();
  std::unique_ptr<Context> new_cache();

  Board& board_;
  const size_t index_;
  std::unique_ptr<Stepper> stepper_;
  const size_t max_batch_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Context>> spare_;
  std::list<Kept> kept_;  // the one used last stands first
  size_t most_kept_;
  uint64_t forgets_ = 0;  // of the board, followed so far
  std::vector<std::pair<std::shared_ptr<Sequence>, xl_finish>> ended_;  // since the last settling
  Pace pace_;
  uint64_t turn_ = 0;           // of the group that decodes
  uint64_t least_ = 0;          // `served` of who had least when it was chosen
  int steps_left_ = 0;          // of this turn
  bool all_ = true;             // whether everybody decodes in it
  size_t decoding_ = 0;         // rows of the step under way that do
  size_t prefilling_ = 0;       // and that do not
  Clock::time_point looked_{};  // when the queue was last searched for expired requests
  xl_engine_stats made_{};      // counts not yet on the board
};

}  // namespace xinglin
