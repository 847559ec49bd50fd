/// Thread pool: all threads, the calling one among them, run one task together and sleep between.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace xinglin::train {

class Pool {
 public:
  /// Throws std::system_error when a thread cannot be started.
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }
  /// Calls task(0) to task(size - 1), each in its thread; returns when all are done. The task must
  /// not throw.
  void run(const std::function<void(int)>& task);

 private:
  void work(int number);
  void stop();

  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable end_;
  const std::function<void(int)>* task_ = nullptr;
  long round_ = 0;
  int left_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace xinglin::train
