/// The model's logits along a text of any length.
///
/// Models are trained on windows that begin empty, and predict badly in a ring that has forgotten
/// its beginning; so when the context is full, reading begins anew from its last half.
/// Reference: inference/sliding_scorer.py.
#pragma once

#include <memory>
#include <vector>

#include "cpu/reader.h"

namespace xinglin::coder {

class Window {
 public:
  explicit Window(std::shared_ptr<const cpu::Model> model);

  /// How many bytes the next `read` may take; at least 1. Begins anew when the context is full.
  int room();
  /// (256,) logits of the byte that comes next; all 0 before the first. Ask `room` before.
  const float* next() const { return rows_.data() + last_ * cpu::kVocabulary; }
  /// Read 1 to `room` bytes; returns (n, 256) logits of these n bytes themselves.
  const float* read(const uint8_t* data, int n);
  /// Read zeros until a step is whole: a frame may end in the middle of one.
  void align();

  static constexpr int kChunk = 64;

 private:
  void renew();
  int context_bytes() const { return step_bytes_ * reader_.model().context(); }

  cpu::Reader reader_;
  const int step_bytes_;
  std::vector<float> rows_;    // (1 + most bytes of one read, 256)
  size_t last_ = 0;            // the row of `next`
  std::vector<uint8_t> text_;  // what the cache has read
};

}  // namespace xinglin::coder
