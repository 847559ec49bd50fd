/// Reads a text part by part on the device and says how probable each byte was.
#pragma once

#include <memory>
#include <vector>

#include "cuda/host/kv_cache.h"
#include "cuda/host/model.h"

namespace xinglin::cuda {

class Scorer {
 public:
  /// chunk: positions computed together, as far as the device has room.
  explicit Scorer(std::shared_ptr<const Model> model, int chunk = kMostRows);

  /// log2_p: (n,); the very first byte gets log2(1/256).
  void feed(const uint8_t* data, size_t n, float* log2_p);

  /// logits: (n, 256) of the byte that follows each.
  void logits(const uint8_t* data, size_t n, float* logits);

 private:
  void launch(const uint8_t* data, size_t n, float* logits);
  size_t step_bytes() const { return static_cast<size_t>(model_->view().step_bytes); }

  std::shared_ptr<const Model> model_;
  const int rows_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<KvCache> kv_cache_;
  Buffer<uint8_t> input_;
  Buffer<SequenceState> sequence_;
  Buffer<float> logits_;       // (kMostGiven, 256)
  std::vector<uint8_t> text_;  // a pair's waiting first byte, and what is read now
  std::vector<float> last_;    // logits of the next byte; empty before the first
};

}  // namespace xinglin::cuda
