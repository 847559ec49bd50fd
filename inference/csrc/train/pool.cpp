#include "train/pool.h"

namespace xinglin::train {

Pool::Pool(int threads) {
  try {
    for (int i = 1; i < threads; ++i) threads_.emplace_back(&Pool::work, this, i);
  } catch (...) {
    stop();
    throw;
  }
}

Pool::~Pool() { stop(); }

void Pool::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  begin_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Pool::run(const std::function<void(int)>& task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    task_ = &task;
    left_ = static_cast<int>(threads_.size());
    ++round_;
  }
  begin_.notify_all();
  task(0);
  std::unique_lock<std::mutex> lock(mutex_);
  end_.wait(lock, [this] { return left_ == 0; });
}

void Pool::work(int number) {
  long done = 0;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    begin_.wait(lock, [&] { return stopped_ || round_ != done; });
    if (stopped_) return;
    done = round_;
    const std::function<void(int)>& task = *task_;
    lock.unlock();
    task(number);
    lock.lock();
    if (--left_ == 0) end_.notify_one();
  }
}

}  // namespace xinglin::train
