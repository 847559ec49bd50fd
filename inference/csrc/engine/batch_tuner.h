/// Finds how many sequences a step should decode when many do.
///
/// More of them share each weight that is read. But the keys and values of many do not stay in the
/// near caches, and then fewer at a time, each group for a time slice, make more bytes. Which size
/// is best depends on the model, the texts and the processor: it is measured while serving.
#pragma once

#include <cstddef>
#include <cstdint>

namespace xinglin {

class BatchTuner {
 public:
  /// Steps that a group decodes in a row: with 32 sequences in groups of 4 each waits 56 steps.
  static constexpr int kTimeSlice = 8;

  /// Size of the next group of `running` sequences: all of a few, else the size that has cost
  /// least, or one that was not tried for long.
  size_t choose(size_t running);

  /// Record that a step of the group last chosen took so many rows and so long.
  void measure(size_t rows, double seconds);

 private:
  struct Size {
    size_t most;
    double cost_s = 0;  // of a row, a running mean; 0: unknown
    int idle = 0;       // choices since it was tried
  };

  void learn();

  Size sizes_[4] = {{4}, {8}, {16}, {SIZE_MAX}};
  Size* current_ = nullptr;   // null: no choice was made
  double costs_[kTimeSlice];  // of a row, of the current group's steps
  size_t count_ = 0;
};

}  // namespace xinglin
