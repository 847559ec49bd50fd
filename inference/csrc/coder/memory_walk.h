/// Follows a text through a memory: what came next, by context and bit.
///
/// Reference: inference/compression/memory_walk.py.
#pragma once

#include <array>
#include <memory>

#include "coder/memory_index.h"

namespace xinglin::coder {

class MemoryWalk {
 public:
  static constexpr size_t kLongest = 12;  // characters of the longest context

  struct Counts {
    uint64_t zero;
    uint64_t one;
    uint64_t sum() const { return zero + one; }
  };

  explicit MemoryWalk(std::shared_ptr<const MemoryIndex> index);

  /// Count the next bit under each context; before every `take`.
  void look();
  /// The counts after the last n characters, n <= kLongest; 0 where the memory has not seen them.
  const Counts& counts(size_t n) const { return counts_[n]; }
  /// Characters of context that the memory has seen, followed by the bits of this one so far;
  /// -1 when it has not even seen such a character.
  int longest() const { return static_cast<int>(live_) - 1; }
  /// Bits of this character so far.
  int depth() const { return depth_; }
  /// Go on by one bit.
  void take(int bit);

 private:
  struct Range {
    uint64_t begin;
    uint64_t end;
  };

  void begin_character();
  void end_character();
  /// The next bit where all characters that are left have the same; -1 where they differ.
  int forced() const;
  void descend(int bit);

  std::shared_ptr<const MemoryIndex> index_;
  std::array<Range, kLongest + 1> contexts_{};  // rows after the last n characters
  size_t seen_ = 1;                             // so many of them
  std::array<Range, kLongest + 1> ranges_{};    // of those, the rows of the bits so far
  std::array<Range, kLongest + 1> ones_{};      // and in them the ones
  std::array<Counts, kLongest + 1> counts_{};
  size_t live_ = 0;
  int32_t place_ = 0;  // a node, or -1 - symbol
  int depth_ = 0;
  uint32_t code_ = 0;  // the bits so far, the first highest
};

}  // namespace xinglin::coder
