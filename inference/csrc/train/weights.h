/// One set of weights: float32, and packed for the products of one instruction set.
#pragma once

#include <vector>

#include "train/kernels.h"
#include "train/memory.h"
#include "train/model.h"

namespace xinglin::train {

/// A matrix packed for its product forward (the sum over its inputs) and backward (over its
/// outputs); a number of steps is the length of a sum in words.
struct Packed {
  Right forward;
  int forward_steps;
  int outputs;  // panels
  Right backward;
  int backward_steps;
  int inputs;  // panels
};

class Weights {
 public:
  /// All zero. Throws std::bad_alloc.
  Weights(const Model& model, const Kernels& kernels);

  const Model& model() const { return model_; }
  float* tensor(int i) const { return values_.get() + model_.tensors()[index(i)].offset; }
  const Packed& packed(int i) const { return packed_[index(i)]; }
  /// Spread distance biases for windows of `rows` steps: what packed and lines hold is of the
  /// weights at the last calls of these two. Thread `part` of `parts` does its share.
  void pack(int part, int parts);
  void set_windows(int rows, int reach);
  void draw_lines(int part, int parts);
  /// (H, 2 rows), see Window.
  const float* line(int layer) const;

 private:
  static size_t index(int i) { return static_cast<size_t>(i); }
  void draw_line(int layer);

  const Model& model_;
  const Kernels& kernels_;
  Memory<float> values_;
  std::vector<Packed> packed_;
  Memory<uint32_t> words_;
  Memory<float> lines_;
  int rows_ = 0;
  int reach_ = 0;
};

}  // namespace xinglin::train
