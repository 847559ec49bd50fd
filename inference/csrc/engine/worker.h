/// One thread of an engine: steps up to `max_batch` sequences of its own together.
///
/// Sequences join and leave between bytes. Each that decodes adds one row to a step; prompts add up
/// to `chunk` rows in all, so that a long one slows the others' bytes but never holds them up. What
/// two prompts begin with is read once, and what a finished sequence has read stays for a while,
/// for the next turn of its conversation.
#pragma once

#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "cpu/forward.h"
#include "engine/board.h"

namespace xinglin {

class Worker {
 public:
  Worker(Board& board, size_t index, std::shared_ptr<const cpu::Model> model, int max_batch,
         int chunk, uint64_t keep_bytes);

  /// Work until the board is closed.
  void run();

 private:
  /// A sequence that has a place in this thread.
  struct Slot {
    std::shared_ptr<Sequence> sequence;
    std::unique_ptr<cpu::Cache> cache;
    size_t read = 0;                    // bytes of the prompt that the cache has
    int made = 0;                       // bytes drawn
    uint8_t state = Automaton::kStart;  // of the automaton
    uint8_t last = 0;                   // the byte drawn last, not yet in the cache
    int rows = 0;                       // of the step under way
    bool wants_logits = false;
    uint64_t forgets = 0;  // as the thread's when the sequence began

    bool reading() const { return read < sequence->prompt().size(); }
  };

  /// A finished sequence, for whoever goes on where it ended.
  struct Kept {
    std::shared_ptr<Sequence> sequence;
    std::vector<uint8_t> text;  // what the cache has read
    std::unique_ptr<cpu::Cache> cache;
  };

  bool admit();
  void forget();
  void keep(Slot& slot);
  void put_aside(std::unique_ptr<cpu::Cache> cache);
  void take(std::shared_ptr<Sequence> sequence);
  void drop_waiting(Clock::time_point now);
  void drop_interrupted(Clock::time_point now);
  void step();
  void plan();
  bool share(Slot& slot);
  void run_forward();
  void draw_all();
  xl_finish draw(Slot& slot, const float* logits, Clock::time_point now);
  void leave(Slot& slot, xl_finish why);
  void settle();
  std::unique_ptr<cpu::Cache> new_cache();

  Board& board_;
  const size_t index_;
  std::shared_ptr<const cpu::Model> model_;
  const size_t max_batch_;
  const int chunk_;
  cpu::Forward forward_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<cpu::Cache>> spare_;
  std::list<Kept> kept_;  // the one used last stands first
  size_t most_kept_;
  uint64_t forgets_ = 0;  // of the board, followed so far
  std::vector<cpu::Run> runs_;
  std::vector<std::pair<std::shared_ptr<Sequence>, xl_finish>> ended_;  // since the last settling
  std::vector<float> logits_;
  Clock::time_point looked_{};  // when the queue was last searched for expired requests
  xl_engine_stats made_{};      // counts not yet on the board
};

}  // namespace xinglin
