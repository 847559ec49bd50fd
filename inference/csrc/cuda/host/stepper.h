/// Steps sequences on the device: one launch makes up to 32 bytes of each.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "cuda/host/kv_cache.h"
#include "cuda/host/model.h"
#include "engine/stepper.h"

namespace xinglin::cuda {

class Stepper : public xinglin::Stepper {
 public:
  /// Reserves the device's memory for all sequences that may ever be there: serving never runs out.
  Stepper(std::shared_ptr<const Model> model, const xl_engine_config& config);

  size_t kv_cache_bytes() const override { return model_->cache().bytes() + sizeof(KvCache); }
  /// Prompts are read inside a launch, in the rows that decoding leaves: there is nothing to hold
  /// back.
  int chunk() const override { return 1 << 30; }
  bool prefers_groups() const override { return false; }
  int step_bytes() const override { return model_->view().step_bytes; }
  int read_again() const override { return model_->view().mixes ? 1 : 0; }
  std::unique_ptr<xinglin::KvCache> new_kv_cache() override;
  void step(std::vector<Slot>& slots, Statistics& statistics) override;

 private:
  /// Arrays of what one launch takes and gives, for `sequences` sequences.
  template <class V>
  struct Both {
    Both(size_t count) : host(count, true), device(count) {}
    Buffer<V> host;
    Buffer<V> device;
  };

  void prepare(Slot& slot, size_t i);
  void launch(size_t count);
  void collect(Slot& slot, size_t i, Clock::time_point now, Statistics& statistics);
  std::shared_ptr<Buffer<uint8_t>> table_of(const Automaton& automaton);

  std::shared_ptr<const Model> model_;
  const int rows_;
  Queue queue_;
  std::shared_ptr<KvCacheMemory> pool_;
  Both<SequenceState> sequences_;
  Both<Output> outputs_;
  Both<uint8_t> inputs_;  // kMostGiven of each sequence
  std::map<std::vector<uint8_t>, std::weak_ptr<Buffer<uint8_t>>> tables_;
  std::vector<uint8_t> text_;  // what a sequence may have read in a launch
};

inline std::unique_ptr<xinglin::Stepper> make_stepper(std::shared_ptr<const Model> model,
                                                      const xl_engine_config& config) {
  return std::make_unique<Stepper>(std::move(model), config);
}

}  // namespace xinglin::cuda
