#include "cuda/host/stepper.h"

#include <algorithm>
#include <cstring>

namespace xinglin::cuda {
namespace {

/// Steps of a stream in one launch: users join and leave between launches, every 2 or 3 ms.
constexpr int kSteps = 32;
static_assert(2 * kSteps <= kMostSteps, "outputs have room for so many pairs");
static_assert(kMostGiven % 2 == 0, "a prompt that goes on has whole pairs in a launch");

/// Contexts that the scheduler may have at a time: of running, kept and spare sequences.
size_t most_contexts(const xl_engine_config& config, size_t bytes) {
  constexpr size_t kSpare = 6;
  return static_cast<size_t>(config.max_batch) + kSpare +
         static_cast<size_t>(config.keep_bytes / bytes);
}

Context& context_of(Slot& slot) { return static_cast<Context&>(*slot.cache); }

bool takes_part(const Slot& slot) { return slot.rows > 0 || slot.wants_logits; }

/// How many of the bytes that are left of a prompt one launch gets: a pair's first byte never comes
/// alone, but as the whole prompt.
size_t part_of(size_t left) {
  if (left <= kMostGiven) return left;
  return left == kMostGiven + 1 ? kMostGiven - 2 : kMostGiven;
}

}  // namespace

Stepper::Stepper(std::shared_ptr<const Model> model, const xl_engine_config& config)
    : model_(std::move(model)),
      rows_(std::min(config.chunk, model_->shared().rows)),
      pool_(std::make_shared<Pool>(model_->cache().bytes(),
                                   most_contexts(config, model_->cache().bytes()))),
      streams_(static_cast<size_t>(config.max_batch)),
      outputs_(static_cast<size_t>(config.max_batch)),
      inputs_(static_cast<size_t>(config.max_batch) * kMostGiven) {}

std::unique_ptr<xinglin::Context> Stepper::new_context() {
  return std::make_unique<Context>(model_->cache(), pool_, queue_);
}

void Stepper::step(std::vector<Slot>& slots, xl_engine_stats& made) {
  size_t count = 0;
  for (Slot& slot : slots) {
    if (takes_part(slot)) prepare(slot, count++);
  }
  if (count == 0) return;
  launch(count);
  const Clock::time_point now = Clock::now();
  size_t i = 0;
  for (Slot& slot : slots) {
    if (takes_part(slot)) collect(slot, i++, now, made);
  }
}

void Stepper::prepare(Slot& slot, size_t i) {
  Context& context = context_of(slot);
  Sequence& sequence = *slot.sequence;
  Stream& stream = streams_.host[i];
  stream = Stream{};
  if (!context.automaton) context.automaton = table_of(sequence.automaton());
  if (slot.reading()) {
    const size_t left = sequence.prompt().size() - slot.read;
    const size_t given = part_of(left);
    std::copy_n(sequence.prompt().data() + slot.read, given, &inputs_.host[i * kMostGiven]);
    stream.given = static_cast<int32_t>(given);
    stream.whole = given == left ? 1 : 0;
    stream.blank = given < static_cast<size_t>(step_bytes()) ? 1 : 0;
  } else {
    stream.whole = 1;
  }
  stream.input = inputs_.device.data() + i * kMostGiven;
  stream.max_bytes = sequence.max_bytes();
  const Sampler& sampler = sequence.sampler();
  stream.sampling = sampler.options();
  stream.generator = sampler.generator();
  stream.surprise = sampler.surprise();
  stream.made = slot.made;
  stream.state = slot.state;
  stream.before = slot.drawn[0];
  stream.last = slot.drawn[1];
  if (sampler.penalty() != nullptr) {
    context.grow_history(*sampler.penalty(), static_cast<size_t>(stream.given) + kMostSteps);
  }
  context.fill(stream);
}

void Stepper::launch(size_t count) {
  const int streams = static_cast<int>(count);
  const int processors = model_->device().processors;
  const int seats = std::min(rows_, (streams + processors - 1) / processors);
  Launch launch{};
  launch.model = model_->view();
  launch.cache = model_->cache();
  launch.shared = model_->shared();
  launch.streams = streams_.device.data();
  launch.outputs = outputs_.device.data();
  launch.count = streams;
  launch.seats = seats;
  launch.steps = kSteps;
  launch.rows = rows_;
  queue_.copy(inputs_.device.data(), inputs_.host.data(), count * kMostGiven);
  queue_.copy(streams_.device.data(), streams_.host.data(), count * sizeof(Stream));
  queue_.decode(launch, (streams + seats - 1) / seats);
  queue_.copy(streams_.host.data(), streams_.device.data(), count * sizeof(Stream));
  queue_.copy(outputs_.host.data(), outputs_.device.data(), count * sizeof(Output));
  queue_.wait();
}

void Stepper::collect(Slot& slot, size_t i, Clock::time_point now, xl_engine_stats& made) {
  const Stream& stream = streams_.host[i];
  const Output& output = outputs_.host[i];
  Context& context = context_of(slot);
  const size_t width = static_cast<size_t>(step_bytes());
  const size_t drawn = static_cast<size_t>(stream.drawn);

  // What the model may have read: a part of the prompt or what was drawn before, then what was
  // drawn now, as many steps as it took.
  text_.clear();
  if (slot.reading()) {
    const uint8_t* prompt = slot.sequence->prompt().data() + slot.read;
    const size_t taken = static_cast<size_t>(stream.taken);
    text_.assign(prompt, prompt + taken);
    if (width == 2 && taken % 2 == 1) await(slot, prompt[taken - 1]);
    slot.read += taken;
    made.bytes_prefilled += taken;
  } else {
    text_.assign(slot.drawn.end() - static_cast<std::ptrdiff_t>(width), slot.drawn.end());
  }
  text_.insert(text_.end(), output.byte, output.byte + drawn);
  context.append(text_.data(), static_cast<size_t>(stream.length - context.length()));
  if (stream.history != nullptr) context.set_history_length(stream.history_length);

  slot.sequence->sampler().restore(stream.generator, stream.surprise);
  for (size_t j = 0; j < drawn && slot.over == XL_RUNNING; ++j) {
    slot.over = take_byte(slot, output.byte[j], output.state[j], output.surprise[j], now);
    ++made.bytes_decoded;
  }
  if (stream.finish == XL_FAILED) slot.over = XL_FAILED;
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
