/// Scores texts on the processor.
#pragma once

#include <algorithm>
#include <memory>

#include "cpu/model/reader.h"
#include "engine/text_scorer.h"

namespace xinglin::cpu {

class Scorer : public TextScorer {
 public:
  static constexpr int kChunk = 64;

  explicit Scorer(std::shared_ptr<const Model> model, int chunk = kChunk)
      : TextScorer(static_cast<size_t>(chunk * model->step_bytes())), reader_(model, chunk) {}

  void logits(const uint8_t* data, size_t n, float* logits) override {
    for (size_t i = 0; i < n;) {
      const int rows = static_cast<int>(std::min(n - i, static_cast<size_t>(reader_.most())));
      reader_.read(data + i, rows, rows, logits + i * kVocabulary);
      i += static_cast<size_t>(rows);
    }
  }

 private:
  Reader reader_;
};

}  // namespace xinglin::cpu
