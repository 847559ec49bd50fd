/// One request and its reply so far, shared by the decoding thread and the readers.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "engine/automaton.h"
#include "engine/sampler.h"

namespace xinglin {

using Clock = std::chrono::steady_clock;

/// A moment `seconds` from now; the end of time when that is too far to count.
Clock::time_point moment_after(double seconds);

class Sequence {
 public:
  /// Copies the request. Throws Failure when something in it is out of range.
  explicit Sequence(const xl_request& request);

  // For readers, from any thread.

  /// Block until more than `have` bytes are readable, or it is finished, or the time is up; false
  /// in the last case.
  bool wait(size_t have, double timeout_s, xl_sequence_state* state);
  /// Throws Failure(XL_INVALID) beyond what is readable.
  void read(size_t from, size_t n, uint8_t* data);
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  /// Let its KV cache be the first to go: nothing will go on from here.
  void discard() { discarded_.store(true, std::memory_order_relaxed); }

  // For the decoding thread.

  const std::vector<uint8_t>& prompt() const { return prompt_; }
  const Automaton& automaton() const { return automaton_; }
  Sampler& sampler() { return sampler_; }
  int max_bytes() const { return max_bytes_; }
  bool discarded() const { return discarded_.load(std::memory_order_relaxed); }
  /// Append everything drawn so far to `text`.
  void append_drawn(std::vector<uint8_t>& text) const;
  /// Why it must end now, whatever it has, or XL_RUNNING.
  xl_finish interrupted(Clock::time_point now) const;
  void begin(Clock::time_point now);
  /// Append a byte; `whole` when with it the text ends between two characters.
  void append(uint8_t byte, bool whole, Clock::time_point now, double nll);
  void finish(xl_finish why);

 private:
  static constexpr size_t kNobody = SIZE_MAX;

  void fill(xl_sequence_state* state) const;

  const std::vector<uint8_t> prompt_;
  const Automaton automaton_;
  Sampler sampler_;
  const int max_bytes_;
  const Clock::time_point submitted_;
  const Clock::time_point deadline_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> discarded_{false};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<uint8_t> data_;  // everything drawn
  double nll_ = 0.0;           // of all of it, in nats
  size_t readable_ = 0;        // of these, whole characters
  size_t wanted_ = kNobody;    // the least that a waiting reader has; others are not woken
  xl_finish finish_ = XL_RUNNING;
  Clock::time_point begun_{};
  Clock::time_point first_{};
  Clock::time_point ended_{};
};

}  // namespace xinglin
