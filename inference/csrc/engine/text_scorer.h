/// Log-probabilities of a text that is read part by part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xinglin {

class TextScorer {
 public:
  /// most: bytes that are read together.
  explicit TextScorer(size_t most) : most_(most) {}
  virtual ~TextScorer() = default;

  /// log2_p: (n,); the very first byte gets log2(1/256).
  void feed(const uint8_t* data, size_t n, float* log2_p);

  /// logits: (n, 256) of the byte that follows each.
  virtual void logits(const uint8_t* data, size_t n, float* logits) = 0;

 private:
  const size_t most_;
  std::vector<float> rows_;  // (bytes of one read, 256)
  std::vector<float> last_;  // logits of the next byte; empty before the first
};

}  // namespace xinglin
