#include "cpu/model/stepper.h"

#include "cpu/model/pair_stepper.h"

namespace xinglin::cpu {

Stepper::Stepper(std::shared_ptr<const Model> model, const xl_engine_config& config)
    : model_(std::move(model)),
      chunk_(config.chunk),
      forward_(*model_, config.max_batch + config.chunk),
      logits_(static_cast<size_t>(config.max_batch) * kVocabulary) {
  runs_.reserve(static_cast<size_t>(config.max_batch));
}

std::unique_ptr<xinglin::KvCache> Stepper::new_kv_cache() {
  return std::make_unique<KvCache>(*model_, chunk_);
}

void Stepper::step(std::vector<Slot>& slots, Statistics& statistics) {
  run_forward(slots);
  draw_all(slots, statistics);
}

void Stepper::run_forward(std::vector<Slot>& slots) {
  runs_.clear();
  for (Slot& slot : slots) {
    if (slot.rows == 0) continue;
    const uint8_t* bytes =
        slot.reading() ? slot.sequence->prompt().data() + slot.read : &slot.drawn[1];
    runs_.push_back(
        {static_cast<KvCache*>(slot.kv_cache.get()), bytes, slot.rows, slot.wants_logits ? 1 : 0});
  }
  if (runs_.empty()) return;
  forward_.step(runs_.data(), static_cast<int>(runs_.size()), logits_.data());
}

void Stepper::draw_all(std::vector<Slot>& slots, Statistics& statistics) {
  const Clock::time_point now = Clock::now();
  const float* logits = logits_.data();
  for (Slot& slot : slots) {
    if (slot.rows == 0) continue;
    if (slot.reading()) {
      const size_t rows = static_cast<size_t>(slot.rows);
      slot.sequence->sampler().feed(slot.sequence->prompt().data() + slot.read, rows);
      slot.read += rows;
      statistics.bytes_prefilled += rows;
    }
    if (!slot.wants_logits) continue;
    slot.finish_reason = draw(slot, logits, now);
    if (slot.finish_reason != XL_FAILED) ++statistics.bytes_decoded;
    logits += kVocabulary;
  }
}

std::unique_ptr<xinglin::Stepper> make_stepper(std::shared_ptr<const Model> model,
                                               const xl_engine_config& config) {
  if (model->step_bytes() == 2) return std::make_unique<PairStepper>(std::move(model), config);
  return std::make_unique<Stepper>(std::move(model), config);
}

xl_finish draw(Slot& slot, const float* logits, Clock::time_point now) {
  Sequence& sequence = *slot.sequence;
  try {
    Sampler& sampler = sequence.sampler();
    const uint8_t byte = sampler.pick(logits, sequence.automaton().row(slot.state));
    sampler.feed(&byte, 1);
    return commit_byte(slot, byte, sequence.automaton().after(slot.state, byte), sampler.nll(),
                       now);
  } catch (const std::exception&) {
    return XL_FAILED;
  }
}

}  // namespace xinglin::cpu
