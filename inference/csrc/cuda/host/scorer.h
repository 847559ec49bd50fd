/// Scores texts on the device.
#pragma once

#include <memory>
#include <vector>

#include "cuda/host/kv_cache.h"
#include "cuda/host/model.h"
#include "engine/text_scorer.h"

namespace xinglin::cuda {

class Scorer : public TextScorer {
 public:
  /// chunk: positions computed together, as far as the device has room.
  explicit Scorer(std::shared_ptr<const Model> model, int chunk = kMostRows);

  void logits(const uint8_t* data, size_t n, float* logits) override;

 private:
  void launch(const uint8_t* data, size_t n, float* logits);
  size_t step_bytes() const { return static_cast<size_t>(model_->view().step_bytes); }

  std::shared_ptr<const Model> model_;
  const int rows_;
  Queue queue_;
  KvCache kv_cache_;
  Buffer<uint8_t> input_;
  Buffer<SequenceState> sequence_;
  Buffer<float> logits_;       // (kMostGiven, 256)
  std::vector<uint8_t> text_;  // a pair's waiting first byte, and what is read now
};

}  // namespace xinglin::cuda
