#include "engine/engine.h"

#include <numeric>

namespace xinglin {
namespace {

const xl_engine_config& checked(const xl_engine_config& config) {
  require(config.threads >= 1 && config.threads <= 256);
  require(config.max_batch >= 1 && config.max_batch <= XL_MAX_BATCH);
  require(config.chunk >= 1 && config.chunk <= 256);
  return config;
}

}  // namespace

Engine::Engine(const xl_engine_config& config, const MakeStepper& make_stepper)
    : state_(checked(config).threads) {
  xl_engine_config share = config;
  share.keep_bytes /= state_.active.size();
  for (size_t i = 0; i < state_.active.size(); ++i) {
    schedulers_.push_back(std::make_unique<Scheduler>(state_, i, make_stepper(share), share));
  }
  try {
    for (auto& scheduler : schedulers_) threads_.emplace_back([&scheduler] { scheduler->run(); });
  } catch (...) {
    close();
    throw;
  }
}

Engine::~Engine() { close(); }

std::shared_ptr<Sequence> Engine::submit(const xl_request& request) {
  auto sequence = std::make_shared<Sequence>(request);
  const std::lock_guard<std::mutex> lock(state_.mutex);
  require(!state_.closed, XL_CLOSED);
  state_.waiting.push_back(sequence);
  ++state_.stats.sequences_submitted;
  state_.work.notify_all();
  return sequence;
}

void Engine::clear_prefix_cache() {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  ++state_.cache_epoch;
  state_.work.notify_all();
}

void Engine::close() {
  const std::lock_guard<std::mutex> once(joining_);
  {
    const std::lock_guard<std::mutex> lock(state_.mutex);
    state_.closed = true;
    state_.work.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  const std::lock_guard<std::mutex> lock(state_.mutex);
  state_.stats.sequences_finished += state_.waiting.size();
  for (auto& sequence : state_.waiting) sequence->finish(XL_STOPPED);
  state_.waiting.clear();
}

xl_engine_stats Engine::stats() const {
  const std::lock_guard<std::mutex> lock(state_.mutex);
  xl_engine_stats stats = state_.stats;
  stats.active = std::accumulate(state_.active.begin(), state_.active.end(), 0);
  stats.kept = std::accumulate(state_.cached.begin(), state_.cached.end(), 0);
  stats.waiting = static_cast<int32_t>(state_.waiting.size());
  return stats;
}

}  // namespace xinglin
