#include "cpu/model/scorer.h"

#include <algorithm>

#include "engine/probability.h"

namespace xinglin::cpu {

Scorer::Scorer(std::shared_ptr<const Model> model, int chunk)
    : reader_(std::move(model), chunk), rows_(static_cast<size_t>(reader_.most()) * kVocabulary) {}

/// How many of the bytes that are left are read together.
size_t Scorer::part(size_t left) const {
  return std::min(left, static_cast<size_t>(reader_.most()));
}

void Scorer::logits(const uint8_t* data, size_t n, float* logits) {
  for (size_t i = 0; i < n;) {
    const int rows = static_cast<int>(part(n - i));
    reader_.read(data + i, rows, rows, logits + i * kVocabulary);
    i += static_cast<size_t>(rows);
  }
}

void Scorer::feed(const uint8_t* data, size_t n, float* log2_p) {
  for (size_t i = 0; i < n;) {
    const size_t rows = part(n - i);
    log2_p[i] = last_.empty() ? -8.0F : log2_probability(last_.data(), data[i]);
    logits(data + i, rows, rows_.data());
    for (size_t j = 1; j < rows; ++j) {
      log2_p[i + j] = log2_probability(rows_.data() + (j - 1) * kVocabulary, data[i + j]);
    }
    last_.assign(rows_.begin() + static_cast<std::ptrdiff_t>((rows - 1) * kVocabulary),
                 rows_.begin() + static_cast<std::ptrdiff_t>(rows * kVocabulary));
    i += rows;
  }
}

}  // namespace xinglin::cpu
