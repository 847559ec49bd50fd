#include "cpu/model/pair_stepper.h"

namespace xinglin::cpu {
namespace {

/// Number of the output before the first step: zeros.
constexpr int kNothing = -1;

}  // namespace

PairStepper::PairStepper(std::shared_ptr<const Model> model, const xl_engine_config& config)
    : Stepper(std::move(model), config) {
  const size_t most = static_cast<size_t>(config.max_batch);
  wishes_.reserve(most);
  drawn_.reserve(most);
  outputs_.reserve(most);
  firsts_.reserve(most);
}

void PairStepper::step(std::vector<Slot>& slots, Statistics& statistics) {
  plan(slots);
  if (!runs_.empty()) forward_.read(runs_.data(), static_cast<int>(runs_.size()));
  for (Slot& slot : slots) {
    if (slot.takes_part() && slot.reading()) take_prompt(slot, statistics);
  }
  draw_firsts(statistics);
  draw_seconds(statistics);
}

/// Choose the rows that the model reads, and the slots that get bytes after each output.
void PairStepper::plan(std::vector<Slot>& slots) {
  runs_.clear();
  wishes_.clear();
  int outputs = 0;
  for (Slot& slot : slots) {
    if (!slot.takes_part()) continue;
    const std::vector<uint8_t>& prompt = slot.sequence->prompt();
    const bool reading = slot.reading();
    const int wanted = slot.wants_logits ? 1 : 0;
    if (slot.rows > 0) {
      const uint8_t* bytes = reading ? prompt.data() + slot.read : slot.drawn.data();
      runs_.push_back({static_cast<KvCache*>(slot.kv_cache.get()), bytes, slot.rows, wanted});
    }
    if (wanted == 0) continue;
    const bool has_first = reading && prompt.size() % 2 == 1;
    wishes_.push_back({&slot, slot.rows > 0 ? outputs++ : kNothing, has_first});
  }
}

/// Advance in the prompt: whole pairs were read, and at its end the odd byte, which waits.
void PairStepper::take_prompt(Slot& slot, Statistics& statistics) {
  const std::vector<uint8_t>& prompt = slot.sequence->prompt();
  const size_t taken =
      slot.wants_logits ? prompt.size() - slot.read : 2 * static_cast<size_t>(slot.rows);
  slot.sequence->sampler().feed(prompt.data() + slot.read, taken);
  slot.read += taken;
  if (slot.wants_logits && prompt.size() % 2 == 1) await(slot, prompt.back());
  statistics.bytes_prefilled += taken;
}

void PairStepper::draw_firsts(Statistics& statistics) {
  drawn_.clear();
  outputs_.clear();
  for (const Wish& wish : wishes_) {
    if (wish.has_first) continue;
    drawn_.push_back(wish.slot);
    outputs_.push_back(wish.output);
  }
  if (drawn_.empty()) return;
  forward_.head({outputs_.data(), static_cast<int>(outputs_.size()), logits_.data(), kVocabulary});
  draw_all(statistics);
}

void PairStepper::draw_seconds(Statistics& statistics) {
  drawn_.clear();
  outputs_.clear();
  firsts_.clear();
  for (const Wish& wish : wishes_) {
    if (wish.slot->finish_reason != XL_RUNNING) continue;
    drawn_.push_back(wish.slot);
    outputs_.push_back(wish.output);
    firsts_.push_back(wish.slot->drawn[1]);
  }
  if (drawn_.empty()) return;
  forward_.second_head(
      {outputs_.data(), static_cast<int>(outputs_.size()), logits_.data(), kVocabulary},
      firsts_.data());
  draw_all(statistics);
}

void PairStepper::draw_all(Statistics& statistics) {
  const Clock::time_point now = Clock::now();
  const float* logits = logits_.data();
  for (Slot* slot : drawn_) {
    slot->finish_reason = draw(*slot, logits, now);
    if (slot->finish_reason != XL_FAILED) ++statistics.bytes_decoded;
    logits += kVocabulary;
  }
}

}  // namespace xinglin::cpu
