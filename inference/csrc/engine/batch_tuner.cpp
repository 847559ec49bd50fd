#include "engine/batch_tuner.h"

#include <algorithm>

namespace xinglin {
namespace {

/// Choices after which a size is tried again: texts grow, and others come.
constexpr int kRemembered = 500;
constexpr double kNewest = 0.25;
/// Steps that say something about a size; the middle one of them does, since any may have lost the
/// processor.
constexpr size_t kEnough = 3;

}  // namespace

size_t BatchTuner::choose(size_t running) {
  learn();
  current_ = nullptr;
  if (running <= sizes_[0].most) return running;
  Size* cheapest = nullptr;
  for (Size& size : sizes_) {
    const bool whole = size.most >= running;
    ++size.idle;
    if (size.idle > kRemembered) size.cost_s = 0;
    if (current_ == nullptr && size.cost_s == 0) current_ = &size;
    if (cheapest == nullptr || size.cost_s < cheapest->cost_s) cheapest = &size;
    if (whole) break;  // larger ones are the same
  }
  if (current_ == nullptr) current_ = cheapest;
  current_->idle = 0;
  return std::min(current_->most, running);
}

void BatchTuner::measure(size_t rows, double seconds) {
  if (current_ == nullptr || rows == 0 || count_ == kTimeSlice) return;
  costs_[count_++] = seconds / static_cast<double>(rows);
}

/// Update the cost of the size of the group that has ended.
void BatchTuner::learn() {
  const size_t count = count_;
  count_ = 0;
  if (current_ == nullptr || count < kEnough) return;
  double* const middle = costs_ + count / 2;
  std::nth_element(costs_, middle, costs_ + count);
  double& mean = current_->cost_s;
  mean = mean == 0 ? *middle : mean + kNewest * (*middle - mean);
}

}  // namespace xinglin
