#include "engine/scheduler.h"

#include <algorithm>
#include <exception>

namespace xinglin {
namespace {

constexpr std::chrono::milliseconds kSearchEvery(2);

}  // namespace

Scheduler::Scheduler(SharedState& state, size_t index, std::unique_ptr<Stepper> stepper,
                     const xl_engine_config& config)
    : state_(state),
      index_(index),
      stepper_(std::move(stepper)),
      max_batch_(static_cast<size_t>(config.max_batch)),
      prefix_cache_(*stepper_, config.keep_bytes),
      groups_(stepper_->prefers_groups()) {
  slots_.reserve(max_batch_);
  finished_.reserve(max_batch_);
}

void Scheduler::run() {
  while (admit()) {
    step();
    publish();
  }
  for (Slot& slot : slots_) retire(slot, XL_STOPPED);
  publish();
}

/// Fill the batch from the queue, waiting while there is nothing to do; false when closed.
bool Scheduler::admit() {
  std::unique_lock<std::mutex> lock(state_.mutex);
  while (true) {
    if (state_.cache_epoch != prefix_cache_.epoch()) clear_prefix_cache();
    if (state_.closed) return false;
    if (!slots_.empty() || state_.may_take(index_)) break;
    state_.work.wait(lock);
  }
  if (!state_.waiting.empty()) drop_waiting(Clock::now());
  while (slots_.size() < max_batch_ && state_.may_take(index_)) {
    admit_one(std::move(state_.waiting.front()));
    state_.waiting.pop_front();
    state_.active[index_] = static_cast<int>(slots_.size());
  }
  // Others may have become the least loaded.
  if (!state_.waiting.empty()) state_.work.notify_all();
  return true;
}

void Scheduler::admit_one(std::shared_ptr<Sequence> sequence) {
  sequence->begin(Clock::now());
  Slot slot;
  slot.sequence = std::move(sequence);
  slot.cache_epoch = prefix_cache_.epoch();
  slots_.push_back(std::move(slot));
}

/// The shared state is locked.
void Scheduler::clear_prefix_cache() {
  prefix_cache_.clear(state_.cache_epoch);
  state_.cached[index_] = 0;
}

/// End the waiting requests that were cancelled or came too late. The shared state is locked.
void Scheduler::drop_waiting(Clock::time_point now) {
  if (now - searched_ < kSearchEvery) return;
  searched_ = now;
  auto& waiting = state_.waiting;
  const auto ends = [this, now](const std::shared_ptr<Sequence>& sequence) {
    const xl_finish why = sequence->interrupted(now);
    if (why == XL_RUNNING) return false;
    ++state_.stats.sequences_finished;
    sequence->finish(why);
    return true;
  };
  waiting.erase(std::remove_if(waiting.begin(), waiting.end(), ends), waiting.end());
}

void Scheduler::step() {
  const Clock::time_point begun = Clock::now();
  try {
    drop_interrupted(begun);
    plan();
    const Clock::time_point planned = Clock::now();
    stepper_->step(slots_, statistics_);
    if (prefilling_ == 0) {
      groups_.measure(decoding_, std::chrono::duration<double>(Clock::now() - planned).count());
    }
    for (Slot& slot : slots_) {
      if (slot.finish_reason != XL_RUNNING) retire(slot, slot.finish_reason);
    }
  } catch (const Failure& failure) {
    // Of a lost device the caller may hear: another backend can begin again.
    const xl_finish why = failure.status == XL_DEVICE_LOST ? XL_LOST : XL_FAILED;
    for (Slot& slot : slots_) retire(slot, why);
  } catch (const std::exception&) {
    for (Slot& slot : slots_) retire(slot, XL_FAILED);
  }
  ++statistics_.steps;
  statistics_.busy_s += std::chrono::duration<double>(Clock::now() - begun).count();
}

void Scheduler::drop_interrupted(Clock::time_point now) {
  for (Slot& slot : slots_) {
    const xl_finish why = slot.sequence->interrupted(now);
    if (why != XL_RUNNING) retire(slot, why);
  }
}

/// Put the step's batch together: the rows that each slot adds.
void Scheduler::plan() {
  groups_.update(slots_);
  decoding_ = prefilling_ = 0;
  int budget = stepper_->chunk();
  for (Slot& slot : slots_) {
    if (!slot.sequence) continue;
    if (slot.reading()) {
      plan_prefill(slot, budget);
    } else {
      plan_decode(slot);
    }
    if (slot.takes_part() && !slot.kv_cache) slot.kv_cache = prefix_cache_.new_kv_cache();
  }
}

/// Rows of a prompt, as many as the budget has left, the oldest prompt first. A prompt of less than
/// a row has none and is drawn for all the same.
void Scheduler::plan_prefill(Slot& slot, int& budget) {
  slot.rows = 0;
  slot.wants_logits = false;
  if (!slot.kv_cache && !share_prefix(slot)) return;
  const size_t left =
      (slot.sequence->prompt().size() - slot.read) / static_cast<size_t>(stepper_->step_bytes());
  slot.rows = static_cast<int>(std::min(left, static_cast<size_t>(budget)));
  slot.wants_logits = static_cast<size_t>(slot.rows) == left;
  budget -= slot.rows;
  prefilling_ += static_cast<size_t>(slot.rows);
}

void Scheduler::plan_decode(Slot& slot) {
  slot.wants_logits = groups_.includes(slot);
  slot.rows = slot.wants_logits ? 1 : 0;
  decoding_ += static_cast<size_t>(slot.rows);
  slot.service_count += static_cast<uint64_t>(slot.rows);
}

/// Begin with the keys and values of a sequence that has read the same: one of the batch, as a
/// draft of the same reply, or one of the prefix cache, as the turn before. False while the one of
/// the batch still reads what both have.
bool Scheduler::share_prefix(Slot& slot) {
  const std::vector<uint8_t>& prompt = slot.sequence->prompt();
  size_t shared = 0;
  const Slot* running = running_prefix(slot, shared);
  const KvCache* source = prefix_cache_.find(prompt, shared);
  if (source == nullptr) {
    if (running == nullptr) return true;
    if (running->read < shared) return false;
    source = running->kv_cache.get();
  }
  const size_t step_bytes = static_cast<size_t>(stepper_->step_bytes());
  slot.kv_cache = prefix_cache_.new_kv_cache();
  slot.kv_cache->copy(*source, static_cast<int64_t>(shared / step_bytes));
  slot.read = shared - static_cast<size_t>(stepper_->read_again()) * step_bytes;
  slot.sequence->sampler().feed(prompt.data(), slot.read);
  statistics_.bytes_shared += slot.read;
  return true;
}

/// The slot before this one, so that no two wait for each other, that has most in common with its
/// prompt; `shared` becomes how many bytes that is.
const Slot* Scheduler::running_prefix(const Slot& slot, size_t& shared) const {
  const Slot* longest = nullptr;
  for (const Slot& other : slots_) {
    if (&other == &slot) break;
    if (!other.sequence || !other.kv_cache || !other.kv_cache->whole()) continue;
    const size_t common =
        prefix_cache_.common_bytes(slot.sequence->prompt(), other.sequence->prompt());
    if (common <= shared) continue;
    shared = common;
    longest = &other;
  }
  return longest;
}

/// Empty a slot; the sequence's readers hear of it when the step is published.
void Scheduler::retire(Slot& slot, xl_finish why) {
  if (!slot.sequence) return;
  slot.rows = 0;
  slot.wants_logits = false;
  if (slot.kv_cache && why != XL_FAILED && why != XL_LOST) prefix_cache_.insert(slot);
  finished_.emplace_back(std::move(slot.sequence), why);
}

/// Publish the counts, then wake the readers: a result that is read has been counted.
void Scheduler::publish() {
  slots_.erase(
      std::remove_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.sequence; }),
      slots_.end());
  statistics_.sequences_finished += finished_.size();
  {
    const std::lock_guard<std::mutex> lock(state_.mutex);
    statistics_.publish(state_.stats);
    state_.active[index_] = static_cast<int>(slots_.size());
    state_.cached[index_] = static_cast<int>(prefix_cache_.size());
  }
  for (auto& [sequence, why] : finished_) sequence->finish(why);
  finished_.clear();
}

}  // namespace xinglin
