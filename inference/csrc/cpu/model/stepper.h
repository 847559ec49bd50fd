/// Steps sequences on the processor: one byte of each, and a chunk of prompts, together. Of models
/// that read pairs: pair_stepper.h.
#pragma once

#include <memory>
#include <vector>

#include "cpu/model/forward.h"
#include "engine/stepper.h"

namespace xinglin::cpu {

class Stepper : public xinglin::Stepper {
 public:
  Stepper(std::shared_ptr<const Model> model, const xl_engine_config& config);

  size_t kv_cache_bytes() const override { return KvCache::bytes(*model_, chunk_); }
  int read_again() const override { return model_->mixes() ? 1 : 0; }
  int chunk() const override { return chunk_; }
  bool prefers_groups() const override { return true; }
  std::unique_ptr<xinglin::KvCache> new_kv_cache() override;
  void step(std::vector<Slot>& slots, Statistics& statistics) override;

 protected:
  std::shared_ptr<const Model> model_;
  const int chunk_;
  Forward forward_;
  std::vector<Run> runs_;
  std::vector<float> logits_;

 private:
  void run_forward(std::vector<Slot>& slots);
  void draw_all(std::vector<Slot>& slots, Statistics& statistics);
};

/// The stepper for a model's steps.
std::unique_ptr<xinglin::Stepper> make_stepper(std::shared_ptr<const Model> model,
                                               const xl_engine_config& config);

/// One byte more for a slot; why its sequence ends with it, or XL_RUNNING.
xl_finish draw(Slot& slot, const float* logits, Clock::time_point now);

}  // namespace xinglin::cpu
