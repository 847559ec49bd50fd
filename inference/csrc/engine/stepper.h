/// What a backend does for the threads of an engine: it steps their sequences.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "engine/kv_cache.h"
#include "engine/sequence.h"

namespace xinglin {

/// A sequence that has a place in a thread.
struct Slot {
  std::shared_ptr<Sequence> sequence;
  std::unique_ptr<Context> cache;
  size_t read = 0;                    // bytes of the prompt that were read
  int made = 0;                       // bytes drawn
  uint8_t state = Automaton::kStart;  // of the automaton
  std::array<uint8_t, 2> drawn{};     // the text's last bytes, as far as no step has read them
  int rows = 0;                       // of the step under way
  bool wants_logits = false;
  uint64_t forgets = 0;         // as the thread's when the sequence began
  uint64_t turn = 0;            // of the group that decodes when it was last in it
  uint64_t served = 0;          // steps in which it decoded; who comes later begins with the others
  xl_finish over = XL_RUNNING;  // why it ends with this step

  bool reading() const { return read < sequence->prompt().size(); }
};

/// One thread's; only that thread uses it.
class Stepper {
 public:
  virtual ~Stepper() = default;
  /// Memory of one context.
  virtual size_t context_bytes() const = 0;
  /// Bytes of a row: 1, or 2 when the model reads pairs. A prompt's odd byte waits in `drawn`.
  virtual int step_bytes() const { return 1; }
  /// How many of the last rows that a context was copied with have to be read again: 0 or 1.
  virtual int read_again() const { return 0; }
  /// How many rows of prompts may join one step.
  virtual int chunk() const = 0;
  /// Whether fewer sequences in a step may make more bytes a second: see Pace.
  virtual bool prefers_groups() const = 0;
  virtual std::unique_ptr<Context> new_context() = 0;
  /// Take the slots that have rows or want logits one step on: one byte each, or as many as the
  /// backend computes at a time. Counts go to `made`. Throws when none of them can go on.
  virtual void step(std::vector<Slot>& slots, xl_engine_stats& made) = 0;
};

/// Put a byte that no step has read yet behind the one before it.
inline void await(Slot& slot, uint8_t byte) { slot.drawn = {slot.drawn[1], byte}; }

/// Note a byte drawn for a slot, after which the automaton is in `state`; why the sequence ends
/// with it, or XL_RUNNING.
xl_finish take_byte(Slot& slot, uint8_t byte, uint8_t state, double surprise,
                    Clock::time_point now);

}  // namespace xinglin
