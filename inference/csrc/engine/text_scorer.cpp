#include "engine/text_scorer.h"

#include <algorithm>
#include <cmath>

#include "common/constants.h"

namespace xinglin {
namespace {

/// log2 softmax(logits)[byte], logits (256,), in double.
float log2_probability(const float* logits, uint8_t byte) {
  const double top = *std::max_element(logits, logits + kVocabulary);
  double sum = 0.0;
  for (int i = 0; i < kVocabulary; ++i) sum += std::exp(logits[i] - top);
  return static_cast<float>((logits[byte] - top - std::log(sum)) / std::log(2.0));
}

}  // namespace

void TextScorer::feed(const uint8_t* data, size_t n, float* log2_p) {
  rows_.resize(std::max(rows_.size(), std::min(n, most_) * kVocabulary));
  for (size_t i = 0; i < n;) {
    const size_t count = std::min(n - i, most_);
    log2_p[i] = last_.empty() ? -8.0F : log2_probability(last_.data(), data[i]);
    logits(data + i, count, rows_.data());
    for (size_t j = 1; j < count; ++j) {
      log2_p[i + j] = log2_probability(&rows_[(j - 1) * kVocabulary], data[i + j]);
    }
    const float* last = &rows_[(count - 1) * kVocabulary];
    last_.assign(last, last + kVocabulary);
    i += count;
  }
}

}  // namespace xinglin
