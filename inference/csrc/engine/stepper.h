/// The backend's side of an engine thread: it steps the sequences of a batch.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "engine/kv_cache.h"
#include "engine/sequence.h"
#include "engine/statistics.h"

namespace xinglin {

/// A seat in the batch of one thread, and the sequence on it.
struct Slot {
  std::shared_ptr<Sequence> sequence;
  std::unique_ptr<KvCache> kv_cache;
  size_t read = 0;                  // bytes of the prompt that were read
  int made = 0;                     // bytes drawn
  uint8_t state = kAutomatonStart;  // of the automaton
  std::array<uint8_t, 2> drawn{};   // the text's last bytes, as far as no step has read them
  int rows = 0;                     // of the step under way
  bool wants_logits = false;
  uint64_t cache_epoch = 0;    // of the prefix cache when the sequence began
  uint64_t group_id = 0;       // of the decode group that it was last in
  uint64_t service_count = 0;  // steps in which it decoded; a later one begins with the others
  xl_finish finish_reason = XL_RUNNING;  // why it ends with this step

  bool reading() const { return read < sequence->prompt().size(); }
  /// Whether the step under way computes anything for it.
  bool takes_part() const { return rows > 0 || wants_logits; }
};

/// One thread's; only that thread uses it.
class Stepper {
 public:
  virtual ~Stepper() = default;
  /// Memory of one KV cache.
  virtual size_t kv_cache_bytes() const = 0;
  /// Bytes of a row: 1, or 2 when the model reads pairs. A prompt's odd byte waits in `drawn`.
  virtual int step_bytes() const { return 1; }
  /// Last rows of a copied KV cache that have to be read again: 0 or 1.
  virtual int read_again() const { return 0; }
  /// Rows of prompts that may join one step.
  virtual int chunk() const = 0;
  /// Whether fewer sequences in a step may make more bytes a second: see BatchTuner.
  virtual bool prefers_groups() const = 0;
  virtual std::unique_ptr<KvCache> new_kv_cache() = 0;
  /// Take the slots that take part one step on: one byte each, or as many as the backend computes
  /// at a time. Throws when none of them can go on.
  virtual void step(std::vector<Slot>& slots, Statistics& statistics) = 0;
};

/// Append a byte that no step has read yet.
inline void await(Slot& slot, uint8_t byte) { slot.drawn = {slot.drawn[1], byte}; }

/// Append a byte drawn for a slot, after which the automaton is in `state`; why the sequence ends
/// with it, or XL_RUNNING.
xl_finish commit_byte(Slot& slot, uint8_t byte, uint8_t state, double nll, Clock::time_point now);

}  // namespace xinglin
