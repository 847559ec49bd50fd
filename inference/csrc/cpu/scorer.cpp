#include "cpu/scorer.h"

#include <algorithm>

#include "engine/probability.h"

namespace xinglin::cpu {

Scorer::Scorer(std::shared_ptr<const Model> model, int chunk)
    : model_(std::move(model)),
      chunk_(chunk),
      cache_(*model_, chunk),
      forward_(*model_, chunk),
      rows_(static_cast<size_t>(chunk) * kVocabulary) {}

void Scorer::logits(const uint8_t* data, size_t n, float* logits) {
  for (size_t i = 0; i < n;) {
    const int rows = static_cast<int>(std::min<size_t>(n - i, static_cast<size_t>(chunk_)));
    const Run run{&cache_, data + i, rows, rows};
    forward_.step(&run, 1, logits + i * kVocabulary);
    i += static_cast<size_t>(rows);
  }
}

void Scorer::feed(const uint8_t* data, size_t n, float* log2_p) {
  for (size_t i = 0; i < n;) {
    const size_t rows = std::min<size_t>(n - i, static_cast<size_t>(chunk_));
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
