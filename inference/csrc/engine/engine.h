/// The engine: threads with a scheduler each, and the queue in front of them.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/scheduler.h"
#include "engine/shared_state.h"

namespace xinglin {

class Engine {
 public:
  /// Makes the stepper of one thread.
  using MakeStepper = std::function<std::unique_ptr<Stepper>(const xl_engine_config&)>;

  /// Starts the threads. Throws Failure(XL_INVALID), std::system_error when a thread cannot start,
  /// and what `make_stepper` throws.
  Engine(const xl_engine_config& config, const MakeStepper& make_stepper);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Throws Failure(XL_CLOSED) after close, and what is wrong with the request.
  std::shared_ptr<Sequence> submit(const xl_request& request);
  /// Drop the keys and values of finished sequences; each thread does so before its next step.
  void clear_prefix_cache();
  /// Stop everything; what runs or waits ends as XL_STOPPED. Any number of calls.
  void close();
  xl_engine_stats stats() const;

 private:
  SharedState state_;
  std::vector<std::unique_ptr<Scheduler>> schedulers_;
  std::mutex joining_;
  std::vector<std::thread> threads_;
};

}  // namespace xinglin
