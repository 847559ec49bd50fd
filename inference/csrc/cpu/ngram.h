/// Hashed n-gram embeddings: vectors picked by the last bytes or pairs. Reference:
/// inference/model/ngram.py.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/arena.h"
#include "xinglin.h"

namespace xinglin::cpu {

constexpr int kLongestNgram = 16;
constexpr int kMostOrders = 8;

/// The tables of one model, in its arena.
class Ngrams {
 public:
  Ngrams() = default;
  /// Copies the tables. Throws Failure: XL_INVALID for sizes, XL_BAD_WEIGHT.
  Ngrams(const xl_ngrams& source, int width, int step_bytes, Arena& arena);

  /// Refuses sizes before anything is computed from them.
  static void check(const xl_ngrams& source, int width, int step_bytes);
  /// What the tables take of an arena.
  static size_t arena_bytes(const xl_ngrams& source, int width);

  bool empty() const { return tables_.empty(); }
  /// Add the rows that the last steps pick to x, (width,).
  /// end: behind the last step's bytes, `known` steps in all; steps before these are before the
  /// beginning of the text.
  void add(const uint8_t* end, int known, float* x) const;

 private:
  uint32_t unit(const uint8_t* end, int back) const;

  std::vector<int> orders_;
  std::vector<const float*> tables_;
  std::vector<uint32_t> rows_;
  size_t slice_ = 0;
  int step_bytes_ = 1;
};

}  // namespace xinglin::cpu
