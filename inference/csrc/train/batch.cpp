#include "train/batch.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace xinglin::train {
namespace {

/// Attention works in memory that grows with their square.
constexpr int kMostSteps = 1 << 13;
constexpr int kMostWindows = 1 << 16;

void require(bool condition) {
  if (!condition) throw std::invalid_argument("xt_batch");
}

/// The hash of inference/model/ngram.py.
uint32_t mix(uint32_t running, uint32_t number) { return (running * 0x01000193U) ^ number; }

uint32_t spread(uint32_t value) {
  value = (value ^ (value >> 16)) * 0x85EBCA6BU;
  value = (value ^ (value >> 13)) * 0xC2B2AE35U;
  return value ^ (value >> 16);
}

/// What is to be unlearnt counts as much as what is learnt.
double total_of(const float* weights, size_t n) {
  double total = 0.0;
  for (size_t i = 0; i < n; ++i) {
    require(std::isfinite(weights[i]));
    total += std::abs(static_cast<double>(weights[i]));
  }
  return total;
}

}  // namespace

void Batch::read(const xt_batch& given, bool learn) {
  require(given.windows >= 1 && given.windows <= kMostWindows && given.data && given.weights);
  require(given.steps >= 1 && given.steps <= kMostSteps && given.reach >= 1);
  windows_ = given.windows;
  steps_ = given.steps;
  rows_ = padded(given.steps);
  reach_ = std::min(given.reach, model_.context());
  const size_t each = at(model_.each());
  const size_t real = at(steps_) * each;
  const double total = total_of(given.weights, at(windows_) * real);
  require(total > 0.0 || !learn);
  const size_t size = at(windows_) * row_size();
  bytes_.assign(size, 0);
  targets_.assign(size, 0);
  weights_.assign(size, 0.0F);
  losses_.assign(size, 0.0F);
  picks_.assign(model_.tables().size() * at(windows_) * at(rows_), 0);
  distilled_.clear();
  const auto share = static_cast<float>(total > 0.0 ? 1.0 / total : 0.0);
  for (int b = 0; b < windows_; ++b) {
    const uint8_t* data = given.data + at(b) * (real + each);
    std::copy_n(data, real, bytes_.data() + at(b) * row_size());
    std::copy_n(data + each, real, targets_.data() + at(b) * row_size());
    const float* weights = given.weights + at(b) * real;
    std::transform(weights, weights + real, weights_.data() + at(b) * row_size(),
                   [share](float w) { return w * share; });
    pick(b);
  }
  const uint8_t* taught = given.distilled;
  if (taught && std::any_of(taught, taught + windows_, [](uint8_t one) { return one != 0; })) {
    distilled_.assign(taught, taught + windows_);
  }
}

void Batch::pick(int window) {
  if (model_.tables().empty()) return;
  const uint8_t* data = bytes(window);
  const int longest = model_.tables().back().order;
  for (int t = 0; t < steps_; ++t) {
    uint32_t running = 0;
    size_t table = 0;
    for (int back = 0; back < longest; ++back) {
      const int from = t - back;
      uint32_t number = 0;
      if (from >= 0) {
        number = model_.pairs() ? data[2 * from] * 256U + data[2 * from + 1] + 1U : data[from] + 1U;
      }
      running = mix(running, number);
      if (model_.tables()[table].order != back + 1) continue;
      const auto rows = static_cast<uint32_t>(model_.tables()[table].rows);
      const size_t place = (table * at(windows_) + at(window)) * at(rows_) + at(t);
      picks_[place] = static_cast<int>(spread(running) % rows);
      ++table;
    }
  }
}

void Batch::write_losses(float* losses) const {
  const size_t real = at(steps_) * at(model_.each());
  for (int b = 0; b < windows_; ++b) {
    std::copy_n(losses_.data() + at(b) * row_size(), real, losses + at(b) * real);
  }
}

}  // namespace xinglin::train
