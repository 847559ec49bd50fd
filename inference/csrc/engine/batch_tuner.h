/// How many sequences a step takes when many decode.
///
/// More of them share each weight that is read. But the keys and values of many do not stay in the
/// near caches, and then fewer at a time, each group for some steps in a row, make more bytes.
/// Which it is depends on the model, the texts and the processor: it is measured while serving.
#pragma once

#include <cstddef>
#include <cstdint>

namespace xinglin {

class Pace {
 public:
  /// Steps that a group takes in a row: with 32 sequences in groups of 4 each waits 56 steps.
  static constexpr int kSteps = 8;

  /// How many of `running` sequences the next group has: all of a few, else the size that has cost
  /// least, or one that was not tried for long.
  size_t choose(size_t running);

  /// A step of the group last chosen took so many rows and so long.
  void note(size_t rows, double seconds);

 private:
  struct Size {
    size_t most;
    double cost_s = 0;  // of a row, a running mean; 0: unknown
    int idle = 0;       // choices since it was tried
  };

  void learn();

  Size sizes_[4] = {{4}, {8}, {16}, {SIZE_MAX}};
  Size* current_ = nullptr;  // null: no choice was made
  double costs_[kSteps];     // of a row, of the current group's steps
  size_t count_ = 0;
};

}  // namespace xinglin
