/// Keys and values of one sequence on the device, and what the host remembers of it.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "cuda/host/device.h"
#include "engine/kv_cache.h"
#include "engine/penalty.h"

namespace xinglin::cuda {

/// Memory for contexts of one size: what one leaves, the next takes.
class Pool {
 public:
  /// Reserve memory for `count`; more is asked for when it is needed.
  Pool(size_t bytes, size_t count);
  Buffer<uint8_t> take();
  void give(Buffer<uint8_t> memory);

 private:
  const size_t bytes_;
  std::vector<Buffer<uint8_t>> free_;
};

class Context : public xinglin::Context {
 public:
  /// The queue must outlive it; so must all that uses both be of one thread.
  Context(const CacheLayout& layout, std::shared_ptr<Pool> pool, Queue& queue);
  ~Context() override { pool_->give(std::move(memory_)); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  int64_t length() const override { return length_; }
  bool whole() const override { return length_ <= layout_.room(); }
  void copy(const xinglin::Context& from, int64_t length) override;
  void rewind(int64_t length) override;

  /// Put its state into a stream: cache, length, recent bytes, and the history when there is one.
  void fill(Stream& stream) const;
  /// Take in the bytes of steps that the device has read.
  void append(const uint8_t* bytes, size_t steps);

  /// The sequence's automaton on the device; null before the first launch.
  std::shared_ptr<Buffer<uint8_t>> automaton;
  /// Give a history room for `more` bytes; at first it is what `penalty` knows.
  void grow_history(const MatchPenalty& penalty, size_t more);
  void set_history_length(int64_t length) { history_length_ = length; }

 private:
  const CacheLayout layout_;
  const std::shared_ptr<Pool> pool_;
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
