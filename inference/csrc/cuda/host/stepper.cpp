#include "cuda/host/stepper.h"

#include <algorithm>
#include <cstring>

#include "engine/prefix_cache.h"

namespace xinglin::cuda {
namespace {

/// Steps of a sequence in one launch: users join and leave between launches, every 2 or 3 ms.
constexpr int kSteps = 32;
static_assert(2 * kSteps <= kMostSteps, "outputs have room for so many pairs");
static_assert(kMostGiven % 2 == 0, "a prompt that goes on has whole pairs in a launch");

/// KV caches that the scheduler may have at a time: running, in the prefix cache, and spare ones.
size_t most_kv_caches(const xl_engine_config& config, size_t bytes) {
  return static_cast<size_t>(config.max_batch) + PrefixCache::kMostSpare +
         static_cast<size_t>(config.keep_bytes / bytes);
}

KvCache& kv_cache_of(Slot& slot) { return static_cast<KvCache&>(*slot.kv_cache); }

/// Bytes that one launch gets of those that are left of a prompt: a pair's first byte comes alone
/// only as the whole prompt.
size_t part_of(size_t left) {
  if (left <= kMostGiven) return left;
  return left == kMostGiven + 1 ? kMostGiven - 2 : kMostGiven;
}

}  // namespace

Stepper::Stepper(std::shared_ptr<const Model> model, const xl_engine_config& config)
    : model_(std::move(model)),
      rows_(std::min(config.chunk, model_->shared().rows)),
      pool_(std::make_shared<KvCacheMemory>(model_->cache().bytes(),
                                            most_kv_caches(config, model_->cache().bytes()))),
      sequences_(static_cast<size_t>(config.max_batch)),
      outputs_(static_cast<size_t>(config.max_batch)),
      inputs_(static_cast<size_t>(config.max_batch) * kMostGiven) {}

std::unique_ptr<xinglin::KvCache> Stepper::new_kv_cache() {
  return std::make_unique<KvCache>(model_->cache(), pool_, queue_);
}

void Stepper::step(std::vector<Slot>& slots, Statistics& statistics) {
  size_t count = 0;
  for (Slot& slot : slots) {
    if (slot.takes_part()) prepare(slot, count++);
  }
  if (count == 0) return;
  launch(count);
  const Clock::time_point now = Clock::now();
  size_t i = 0;
  for (Slot& slot : slots) {
    if (slot.takes_part()) collect(slot, i++, now, statistics);
  }
}

void Stepper::prepare(Slot& slot, size_t i) {
  KvCache& kv_cache = kv_cache_of(slot);
  Sequence& request = *slot.sequence;
  SequenceState& sequence = sequences_.host[i];
  sequence = SequenceState{};
  if (!kv_cache.automaton) kv_cache.automaton = table_of(request.automaton());
  if (slot.reading()) {
    const size_t left = request.prompt().size() - slot.read;
    const size_t given = part_of(left);
    std::copy_n(request.prompt().data() + slot.read, given, &inputs_.host[i * kMostGiven]);
    sequence.given = static_cast<int32_t>(given);
    sequence.whole = given == left ? 1 : 0;
    sequence.blank = given < static_cast<size_t>(step_bytes()) ? 1 : 0;
  } else {
    sequence.whole = 1;
  }
  sequence.input = inputs_.device.data() + i * kMostGiven;
  sequence.max_bytes = request.max_bytes();
  const Sampler& sampler = request.sampler();
  sequence.sampling = sampler.options();
  sequence.generator = sampler.generator();
  sequence.nll = sampler.nll();
  sequence.made = slot.made;
  sequence.state = slot.state;
  sequence.before = slot.drawn[0];
  sequence.last = slot.drawn[1];
  if (sampler.penalty() != nullptr) {
    kv_cache.grow_history(*sampler.penalty(), static_cast<size_t>(sequence.given) + kMostSteps);
  }
  kv_cache.fill(sequence);
}

void Stepper::launch(size_t count) {
  const int sequences = static_cast<int>(count);
  const int processors = model_->device().processors;
  const int slots = std::min(rows_, (sequences + processors - 1) / processors);
  Launch launch{};
  launch.model = model_->view();
  launch.cache = model_->cache();
  launch.shared = model_->shared();
  launch.sequences = sequences_.device.data();
  launch.outputs = outputs_.device.data();
  launch.count = sequences;
  launch.slots = slots;
  launch.steps = kSteps;
  launch.rows = rows_;
  queue_.copy(inputs_.device.data(), inputs_.host.data(), count * kMostGiven);
  queue_.copy(sequences_.device.data(), sequences_.host.data(), count * sizeof(SequenceState));
  queue_.decode(launch, (sequences + slots - 1) / slots);
  queue_.copy(sequences_.host.data(), sequences_.device.data(), count * sizeof(SequenceState));
  queue_.copy(outputs_.host.data(), outputs_.device.data(), count * sizeof(Output));
  queue_.wait();
}

void Stepper::collect(Slot& slot, size_t i, Clock::time_point now, Statistics& statistics) {
  const SequenceState& sequence = sequences_.host[i];
  const Output& output = outputs_.host[i];
  KvCache& kv_cache = kv_cache_of(slot);
  const size_t width = static_cast<size_t>(step_bytes());
  const size_t drawn = static_cast<size_t>(sequence.drawn);

  // What the model may have read: a part of the prompt or what was drawn before, then what was
  // drawn now, as many steps as it took.
  text_.clear();
  if (slot.reading()) {
    const uint8_t* prompt = slot.sequence->prompt().data() + slot.read;
    const size_t taken = static_cast<size_t>(sequence.taken);
    text_.assign(prompt, prompt + taken);
    if (width == 2 && taken % 2 == 1) await(slot, prompt[taken - 1]);
    slot.read += taken;
    statistics.bytes_prefilled += taken;
  } else {
    text_.assign(slot.drawn.end() - static_cast<std::ptrdiff_t>(width), slot.drawn.end());
  }
  text_.insert(text_.end(), output.byte, output.byte + drawn);
  kv_cache.append(text_.data(), static_cast<size_t>(sequence.length - kv_cache.length()));
  if (sequence.history != nullptr) kv_cache.set_history_length(sequence.history_length);

  slot.sequence->sampler().restore(sequence.generator, sequence.nll);
  for (size_t j = 0; j < drawn && slot.finish_reason == XL_RUNNING; ++j) {
    slot.finish_reason = commit_byte(slot, output.byte[j], output.state[j], output.nll[j], now);
    ++statistics.bytes_decoded;
  }
  if (sequence.finish == XL_FAILED) slot.finish_reason = XL_FAILED;
}

/// The automaton on the device; sequences of one codec share it.
std::shared_ptr<Buffer<uint8_t>> Stepper::table_of(const Automaton& automaton) {
  const uint8_t* next = automaton.row(0);
  const std::vector<uint8_t> key(next, next + static_cast<size_t>(automaton.states()) * 256);
  std::weak_ptr<Buffer<uint8_t>>& known = tables_[key];
  if (const auto table = known.lock()) return table;
  const auto table = std::make_shared<Buffer<uint8_t>>(key.size());
  queue_.copy(table->data(), key.data(), key.size());
  queue_.wait();
  for (auto it = tables_.begin(); it != tables_.end();) {
    it = it->second.expired() && &it->second != &known ? tables_.erase(it) : std::next(it);
  }
  known = table;
  return table;
}

}  // namespace xinglin::cuda
