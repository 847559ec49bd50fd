#include "engine/scheduler.h"

#include <algorithm>
#include <exception>

namespace xinglin {
namespace {

constexpr std::chrono::milliseconds kSearchEvery(2);
/// Memory of sequences that is held for those to come.
constexpr size_t kMostSpare = 6;
/// Fewer bytes in common are read again sooner than copied.
constexpr size_t kShortestShared = 8;

/// How many of the first `most` bytes of two prompts are the same.
size_t alike(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b, size_t most) {
  const size_t size = std::min({a.size(), b.size(), most});
  const auto end = a.begin() + static_cast<std::ptrdiff_t>(size);
  return static_cast<size_t>(std::mismatch(a.begin(), end, b.begin()).first - a.begin());
}

}  // namespace

Worker::Worker(Board& board, size_t index, std::unique_ptr<Stepper> stepper, int max_batch,
               uint64_t keep_bytes)
    : board_(board),
      index_(index),
      stepper_(std::move(stepper)),
      max_batch_(static_cast<size_t>(max_batch)),
      most_kept_(keep_bytes / stepper_->context_bytes()) {
  slots_.reserve(max_batch_);
  spare_.reserve(max_batch_);
  ended_.reserve(max_batch_);
}

void Worker::run() {
  while (admit()) {
    step();
    settle();
  }
  for (Slot& slot : slots_) leave(slot, XL_STOPPED);
  settle();
}

/// Take what there is room for, waiting while there is nothing to do; false when closed.
bool Worker::admit() {
  std::unique_lock<std::mutex> lock(board_.mutex);
  while (true) {
    if (board_.forgets != forgets_) forget();
    if (board_.closed) return false;
    if (!slots_.empty() || board_.may_take(index_)) break;
    board_.work.wait(lock);
  }
  if (!board_.waiting.empty()) drop_waiting(Clock::now());
  while (slots_.size() < max_batch_ && board_.may_take(index_)) {
    take(std::move(board_.waiting.front()));
    board_.waiting.pop_front();
    board_.active[index_] = static_cast<int>(slots_.size());
  }
  // Others may have become the least loaded.
  if (!board_.waiting.empty()) board_.work.notify_all();
  return true;
}

/// Drop what finished sequences have left. The board is locked.
void Worker::forget() {
  forgets_ = board_.forgets;
  kept_.clear();
  spare_.clear();
  board_.kept[index_] = 0;
}

void Worker::take(std::shared_ptr<Sequence> sequence) {
  sequence->begin(Clock::now());
  Slot slot;
  slot.sequence = std::move(sequence);
  slot.forgets = forgets_;
  slots_.push_back(std::move(slot));
}

/// End the waiting requests that were cancelled or came too late. The board is locked.
void Worker::drop_waiting(Clock::time_point now) {
  if (now - looked_ < kSearchEvery) return;
  looked_ = now;
  auto& waiting = board_.waiting;
  const auto over = [this, now](const std::shared_ptr<Sequence>& sequence) {
    const xl_finish why = sequence->interrupted(now);
    if (why == XL_RUNNING) return false;
    ++board_.stats.sequences_finished;
    sequence->finish(why);
    return true;
  };
  waiting.erase(std::remove_if(waiting.begin(), waiting.end(), over), waiting.end());
}

void Worker::step() {
  const Clock::time_point begun = Clock::now();
  try {
    drop_interrupted(begun);
    plan();
    const Clock::time_point planned = Clock::now();
    stepper_->step(slots_, made_);
    if (prefilling_ == 0) {
      pace_.note(decoding_, std::chrono::duration<double>(Clock::now() - planned).count());
    }
    for (Slot& slot : slots_) {
      if (slot.over != XL_RUNNING) leave(slot, slot.over);
    }
  } catch (const Failure& failure) {
    // Of a lost device the caller may hear: another backend can begin again.
    const xl_finish why = failure.status == XL_DEVICE_LOST ? XL_LOST : XL_FAILED;
    for (Slot& slot : slots_) leave(slot, why);
  } catch (const std::exception&) {
    for (Slot& slot : slots_) leave(slot, XL_FAILED);
  }
  ++made_.steps;
  made_.busy_s += std::chrono::duration<double>(Clock::now() - begun).count();
}

void Worker::drop_interrupted(Clock::time_point now) {
  for (Slot& slot : slots_) {
    const xl_finish why = slot.sequence->interrupted(now);
    if (why != XL_RUNNING) leave(slot, why);
  }
}

/// Choose who decodes, when a turn is over or nobody of its group is left: those who had least. Who
/// has only just read his prompt is one of them.
void Worker::regroup() {
  const auto decodes = [](const Slot& slot) { return slot.sequence && !slot.reading(); };
  const bool anybody = std::any_of(slots_.begin(), slots_.end(), [&](const Slot& slot) {
    return decodes(slot) && (all_ || slot.turn == turn_);
  });
  if (anybody && --steps_left_ >= 0) return;
  steps_left_ = Pace::kSteps - 1;
  std::vector<Slot*> waiting;
  for (Slot& slot : slots_) {
    if (!decodes(slot)) continue;
    slot.served = std::max(slot.served, least_);
    waiting.push_back(&slot);
  }
  const size_t count = stepper_->prefers_groups() ? pace_.choose(waiting.size()) : waiting.size();
  all_ = count == waiting.size();
  ++turn_;
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const Slot* a, const Slot* b) { return a->served < b->served; });
  if (count > 0) least_ = waiting[0]->served;
  for (size_t i = 0; i < count; ++i) waiting[i]->turn = turn_;
}

/// How many rows each slot adds: one when it decodes and its turn has come, of prompts what fits,
/// oldest first. A prompt of less than a row has none and is drawn for all the same.
void Worker::plan() {
  regroup();
  decoding_ = prefilling_ = 0;
  const size_t step_bytes = static_cast<size_t>(stepper_->step_bytes());
  int budget = stepper_->chunk();
  for (Slot& slot : slots_) {
    if (!slot.sequence) continue;
    if (slot.reading()) {
      if (!slot.cache && !share(slot)) {  // its neighbour reads for it
        slot.rows = 0;
        slot.wants_logits = false;
        continue;
      }
      const size_t left = (slot.sequence->prompt().size() - slot.read) / step_bytes;
      slot.rows = static_cast<int>(std::min(left, static_cast<size_t>(budget)));
      slot.wants_logits = static_cast<size_t>(slot.rows) == left;
      budget -= slot.rows;
      prefilling_ += static_cast<size_t>(slot.rows);
    } else {
      slot.wants_logits = all_ || slot.turn == turn_;
      slot.rows = slot.wants_logits ? 1 : 0;
      decoding_ += static_cast<size_t>(slot.rows);
      slot.served += static_cast<uint64_t>(slot.rows);
    }
    if ((slot.rows > 0 || slot.wants_logits) && !slot.cache) slot.cache = new_cache();
  }
}

/// Begin with what another sequence of this thread has read of the same prompt: a draft of the same
/// reply, or the turn before. False while that other one still reads it.
bool Worker::share(Slot& slot) {
  const std::vector<uint8_t>& prompt = slot.sequence->prompt();
  const size_t step_bytes = static_cast<size_t>(stepper_->step_bytes());
  const size_t steps = prompt.size() / step_bytes;
  const size_t again = static_cast<size_t>(stepper_->read_again());
  // The last step is read here: its logits are wanted.
  const size_t most = steps == 0 ? 0 : (steps - 1 + again) * step_bytes;
  const auto alike_steps = [&](const std::vector<uint8_t>& text) {
    const size_t common = alike(prompt, text, most);
    return common - common % step_bytes;
  };
  const Slot* source = nullptr;
  size_t shared = kShortestShared - 1;
  for (const Slot& other : slots_) {
    if (&other == &slot) break;  // only those before it, so that no two wait for each other
    if (!other.sequence || !other.cache || !other.cache->whole()) continue;
    const size_t common = alike_steps(other.sequence->prompt());
    if (common > shared) {
      shared = common;
      source = &other;
    }
  }
  auto past = kept_.end();
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    const size_t common = alike_steps(it->text);
    if (common > shared) {
      shared = common;
      past = it;
    }
  }
  if (past == kept_.end()) {
    if (!source) return true;
    if (source->read < shared) return false;
  }
  slot.cache = new_cache();
  slot.cache->copy(past == kept_.end() ? *source->cache : *past->cache,
                   static_cast<int64_t>(shared / step_bytes));
  shared -= again * step_bytes;
  if (past != kept_.end()) kept_.splice(kept_.begin(), kept_, past);
  slot.sequence->sampler().feed(prompt.data(), shared);
  slot.read = shared;
  made_.bytes_shared += shared;
  return true;
}

/// Empty a slot; the sequence's readers hear of it when the step is settled.
void Worker::leave(Slot& slot, xl_finish why) {
  if (!slot.sequence) return;
  slot.rows = 0;
  slot.wants_logits = false;
  if (slot.cache && why != XL_FAILED && why != XL_LOST) keep(slot);
  ended_.emplace_back(std::move(slot.sequence), why);
}

/// For the next sequence, unless there are enough: a burst should not hold its memory for ever.
void Worker::put_aside(std::unique_ptr<Context> cache) {
  if (spare_.size() < kMostSpare) spare_.push_back(std::move(cache));
}

/// Keep what a sequence has read, as far as there is memory for it.
void Worker::keep(Slot& slot) {
  const size_t length =
      static_cast<size_t>(slot.cache->length()) * static_cast<size_t>(stepper_->step_bytes());
  const bool may_stay = most_kept_ > 0 && slot.forgets == forgets_;
  if (!may_stay || !slot.cache->whole() || length < kShortestShared) {
    put_aside(std::move(slot.cache));
    return;
  }
  std::vector<uint8_t> text = slot.sequence->prompt();
  slot.sequence->append_drawn(text);
  text.resize(std::min(text.size(), length));
  // Drafts that nobody chose can go, and the turn before is in this one.
  for (auto it = kept_.begin(); it != kept_.end();) {
    const bool in_this =
        it->text.size() <= text.size() && alike(it->text, text, text.size()) == it->text.size();
    const bool of_no_use = in_this || it->sequence->discarded();
    if (of_no_use) put_aside(std::move(it->cache));
    it = of_no_use ? kept_.erase(it) : std::next(it);
  }
  kept_.push_front({slot.sequence, std::move(text), std::move(slot.cache)});
  if (kept_.size() > most_kept_) {
    put_aside(std::move(kept_.back().cache));
    kept_.pop_back();
  }
}

/// Put the counts on the board, then wake the readers: who has a result finds it counted.
void Worker::settle() {
  slots_.erase(
      std::remove_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.sequence; }),
      slots_.end());
  {
    const std::lock_guard<std::mutex> lock(board_.mutex);
    xl_engine_stats& stats = board_.stats;
    stats.sequences_finished += ended_.size();
    stats.bytes_decoded += made_.bytes_decoded;
    stats.bytes_prefilled += made_.bytes_prefilled;
    stats.bytes_shared += made_.bytes_shared;
    stats.steps += made_.steps;
    stats.busy_s += made_.busy_s;
    board_.active[index_] = static_cast<int>(slots_.size());
    board_.kept[index_] = static_cast<int>(kept_.size());
  }
  made_ = {};
  for (auto& [sequence, why] : ended_) sequence->finish(why);
  ended_.clear();
}

std::unique_ptr<Context> Worker::new_cache() {
  if (spare_.empty()) return stepper_->new_context();
  std::unique_ptr<Context> cache = std::move(spare_.back());
  spare_.pop_back();
  cache->rewind(0);
  return cache;
}

}  // namespace xinglin
