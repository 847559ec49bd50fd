#include "coder/frequencies.h"

#include <algorithm>
#include <cmath>

#include "common/status.h"

namespace xinglin::coder {
namespace {

/// 2^(-1/2), 2^(-1/4), ... 2^(-1/4096) in units of 2^-32.
constexpr std::array<uint64_t, PowerTable::kFractionBits> kRoots = {
    3037000500, 3611622603, 3938502376, 4112874773, 4202935003, 4248701965,
    4271771996, 4283353945, 4289156690, 4292061010, 4293513907, 4294240540};

constexpr double kStepsPerNat = 5909.278887481194;  // 4096 / ln 2
constexpr double kFurthest = 32.0 * PowerTable::kSteps;
constexpr uint64_t kShared = kTotal - 256;  // what is left when each byte has its 1

}  // namespace

PowerTable::PowerTable() : fraction_{} {
  for (size_t i = 0; i < fraction_.size(); ++i) {
    uint64_t power = uint64_t{1} << 31;
    for (size_t bit = 0; bit < kRoots.size(); ++bit) {
      if ((i >> (kFractionBits - 1 - bit) & 1) != 0) power = (power * kRoots[bit]) >> 32;
    }
    fraction_[i] = static_cast<uint32_t>(power);
  }
}

Frequencies frequencies(const float* logits, const PowerTable& table) {
  size_t top = 0;
  for (size_t i = 0; i < 256; ++i) {
    require(std::isfinite(logits[i]), XL_INTERNAL);
    if (logits[i] > logits[top]) top = i;
  }
  std::array<uint64_t, 256> power;
  uint64_t sum = 0;
  for (size_t i = 0; i < 256; ++i) {
    const double below = static_cast<double>(logits[top]) - static_cast<double>(logits[i]);
    const double steps = std::min(below * kStepsPerNat + 0.5, kFurthest);
    power[i] = table.power(static_cast<int64_t>(steps));
    sum += power[i];
  }
  Frequencies found;
  uint32_t given = 0;
  for (size_t i = 0; i < 256; ++i) {
    found[i] = 1 + static_cast<uint32_t>(power[i] * kShared / sum);
    given += found[i];
  }
  found[top] += kTotal - given;
  return found;
}

}  // namespace xinglin::coder
