/// Reads a text part by part and says how probable each byte was.
#pragma once

#include <memory>
#include <vector>

#include "cpu/model/reader.h"

namespace xinglin::cpu {

class Scorer {
 public:
  explicit Scorer(std::shared_ptr<const Model> model, int chunk = kChunk);

  /// log2_p: (n,); the very first byte gets log2(1/256).
  void feed(const uint8_t* data, size_t n, float* log2_p);

  /// logits: (n, 256) of the byte that follows each.
  void logits(const uint8_t* data, size_t n, float* logits);

  static constexpr int kChunk = 64;

 private:
  size_t part(size_t left) const;

  Reader reader_;
  std::vector<float> rows_;  // (most bytes of one read, 256)
  std::vector<float> last_;  // logits of the next byte; empty before the first
};

}  // namespace xinglin::cpu
