#include "engine/engine.h"

#include <numeric>

namespace xinglin {
namespace {

const xl_engine_config& checked(const xl_engine_config& config) {
  require(config.threads >= 1 && config.threads <= 256);
  require(config.max_batch >= 1 && config.max_batch <= 4096);
  require(config.chunk >= 1 && config.chunk <= 256);
  return config;
}

}  // namespace

Engine::Engine(const xl_engine_config& config, const MakeStepper& make_stepper)
    : board_(checked(config).threads) {
  xl_engine_config share = config;
  share.keep_bytes /= board_.active.size();
  for (size_t i = 0; i < board_.active.size(); ++i) {
    workers_.push_back(std::make_unique<Worker>(board_, i, make_stepper(share), share.max_batch,
                                                share.keep_bytes));
  }
  try {
    for (auto& worker : workers_) threads_.emplace_back([&worker] { worker->run(); });
  } catch (...) {
    close();
    throw;
  }
}

Engine::~Engine() { close(); }

std::shared_ptr<Sequence> Engine::submit(const xl_request& request) {
  auto sequence = std::make_shared<Sequence>(request);
  const std::lock_guard<std::mutex> lock(board_.mutex);
  require(!board_.closed, XL_CLOSED);
  board_.waiting.push_back(sequence);
  ++board_.stats.sequences_submitted;
  board_.work.notify_all();
  return sequence;
}

void Engine::forget() {
  const std::lock_guard<std::mutex> lock(board_.mutex);
  ++board_.forgets;
  board_.work.notify_all();
}

void Engine::close() {
  const std::lock_guard<std::mutex> once(joining_);
  {
    const std::lock_guard<std::mutex> lock(board_.mutex);
    board_.closed = true;
    board_.work.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  const std::lock_guard<std::mutex> lock(board_.mutex);
  board_.stats.sequences_finished += board_.waiting.size();
  for (auto& sequence : board_.waiting) sequence->finish(XL_STOPPED);
  board_.waiting.clear();
}

xl_engine_stats Engine::stats() const {
  const std::lock_guard<std::mutex> lock(board_.mutex);
  xl_engine_stats stats = board_.stats;
  stats.active = std::accumulate(board_.active.begin(), board_.active.end(), 0);
  stats.kept = std::accumulate(board_.kept.begin(), board_.kept.end(), 0);
  stats.waiting = static_cast<int32_t>(board_.waiting.size());
  return stats;
}

}  // namespace xinglin
