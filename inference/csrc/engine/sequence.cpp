#include "engine/sequence.h"

#include <algorithm>
#include <cmath>

namespace xinglin {
namespace {

constexpr double kForever = 1e8;  // seconds; three years
constexpr int kMostBytes = 1 << 24;

double seconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::vector<uint8_t> copy_prompt(const xl_request& request) {
  require(request.prompt != nullptr && request.prompt_bytes >= 1);
  require(request.max_bytes >= 1 && request.max_bytes <= kMostBytes);
  require(!std::isnan(request.deadline_s));
  return {request.prompt, request.prompt + request.prompt_bytes};
}

}  // namespace

Clock::time_point moment_after(double seconds) {
  if (!(seconds < kForever)) return Clock::time_point::max();
  const std::chrono::duration<double> span(std::max(seconds, 0.0));
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(span);
}

Sequence::Sequence(const xl_request& request)
    : prompt_(copy_prompt(request)),
      automaton_(request.automaton),
      sampler_(request.sampling),
      max_bytes_(request.max_bytes),
      submitted_(Clock::now()),
      deadline_(moment_after(request.deadline_s)) {}

bool Sequence::wait(size_t have, double timeout_s, xl_sequence_state* state) {
  const Clock::time_point until = moment_after(timeout_s);
  std::unique_lock<std::mutex> lock(mutex_);
  const auto news = [&] { return readable_ > have || finish_ != XL_RUNNING; };
  while (!news()) {
    wanted_ = std::min(wanted_, have);
    if (until == Clock::time_point::max()) {
      changed_.wait(lock);
    } else if (changed_.wait_until(lock, until) == std::cv_status::timeout) {
      break;
    }
  }
  fill(state);
  return news();
}

void Sequence::read(size_t from, size_t n, uint8_t* data) {
  const std::lock_guard<std::mutex> lock(mutex_);
  require(from <= readable_ && n <= readable_ - from);
  std::copy_n(data_.begin() + static_cast<std::ptrdiff_t>(from), n, data);
}

xl_finish Sequence::interrupted(Clock::time_point now) const {
  if (cancelled_.load(std::memory_order_relaxed)) return XL_CANCELLED;
  return now >= deadline_ ? XL_DEADLINE : XL_RUNNING;
}

void Sequence::begin(Clock::time_point now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  begun_ = now;
}

void Sequence::append(uint8_t byte, bool whole, Clock::time_point now, double nll) {
  const std::lock_guard<std::mutex> lock(mutex_);
  nll_ = nll;
  if (data_.empty()) first_ = now;
  data_.push_back(byte);
  if (whole) {
    readable_ = data_.size();
    if (readable_ > wanted_) {
      wanted_ = kNobody;
      changed_.notify_all();
    }
  }
}

void Sequence::append_drawn(std::vector<uint8_t>& text) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  text.insert(text.end(), data_.begin(), data_.end());
}

void Sequence::finish(xl_finish why) {
  const std::lock_guard<std::mutex> lock(mutex_);
  finish_ = why;
  ended_ = Clock::now();
  changed_.notify_all();
}

void Sequence::fill(xl_sequence_state* state) const {
  const Clock::time_point unset{};
  const Clock::time_point end = ended_ == unset ? Clock::now() : ended_;
  const Clock::time_point begun = begun_ == unset ? end : begun_;
  const Clock::time_point first = first_ == unset ? end : first_;
  state->bytes = readable_;
  state->finish = finish_;
  state->prompt_bytes = prompt_.size();
  state->waiting_s = seconds(submitted_, begun);
  state->prefill_s = seconds(begun, first);
  state->decode_s = seconds(first, end);
  state->surprise = nll_;
}

}  // namespace xinglin
