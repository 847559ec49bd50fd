/// Hashed n-gram embeddings: vectors picked by the last bytes. Reference: inference/ngram.py.
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
  Ngrams(const xl_ngrams& source, int width, Arena& arena);

  /// Refuses sizes before anything is computed from them.
  static void check(const xl_ngrams& source, int width);
  /// What the tables take of an arena.
  static size_t arena_bytes(const xl_ngrams& source, int width);

  bool empty() const { return tables_.empty(); }
  /// How many bytes decide: the largest order.
  int reach() const { return empty() ? 0 : orders_.back(); }
  /// Add the rows that the last bytes pick to x, (width,).
  /// newest: the last byte; those before it lie before it, `known` of them in all; bytes before
  /// these are before the beginning of the text.
  void add(const uint8_t* newest, int known, float* x) const;

 private:
  std::vector<int> orders_;
  std::vector<const float*> tables_;
  uint32_t rows_ = 0;
  size_t slice_ = 0;
};

}  // namespace xinglin::cpu
