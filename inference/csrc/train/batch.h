/// The windows of one step as the passes read them: rows padded, weights scaled, rows of the tables
/// picked.
#pragma once

#include <vector>

#include "train/memory.h"
#include "train/model.h"
#include "xinglin_train.h"

namespace xinglin::train {

class Batch {
 public:
  explicit Batch(const Model& model) : model_(model) {}

  /// Take over what a caller gives; what is learnt from must have some weight. Throws
  /// std::invalid_argument, std::bad_alloc.
  void read(const xt_batch& given, bool learn);
  /// Copy the losses of each target to (B, T each).
  void write_losses(float* losses) const;

  int windows() const { return windows_; }
  int rows() const { return rows_; }
  int reach() const { return reach_; }
  bool distilled(int window) const { return !distilled_.empty() && distilled_[at(window)] != 0; }
  bool any_distilled() const { return !distilled_.empty(); }
  /// From the first row of a window on, `each` bytes, targets, weights and losses a row.
  const uint8_t* bytes(int window) const { return bytes_.data() + at(window) * row_size(); }
  const uint8_t* targets(int window) const { return targets_.data() + at(window) * row_size(); }
  const float* weights(int window) const { return weights_.data() + at(window) * row_size(); }
  float* losses(int window) { return losses_.data() + at(window) * row_size(); }
  /// Rows of table i that the steps of a window pick.
  const int* picks(int table, int window) const {
    return picks_.data() + (at(table) * at(windows_) + at(window)) * at(rows_);
  }

 private:
  static size_t at(int i) { return static_cast<size_t>(i); }
  size_t row_size() const { return at(rows_) * at(model_.each()); }
  void pick(int window);

  const Model& model_;
  int windows_ = 0;
  int steps_ = 0;
  int rows_ = 0;
  int reach_ = 0;
  std::vector<uint8_t> bytes_;
  std::vector<uint8_t> targets_;
  std::vector<float> weights_;
  std::vector<float> losses_;
  std::vector<uint8_t> distilled_;
  std::vector<int> picks_;
};

}  // namespace xinglin::train
