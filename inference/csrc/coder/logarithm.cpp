#include "coder/logarithm.h"

namespace xinglin::coder {

/// fraction[i] is the largest s with 2^(s/4096) <= 1 + i/4096.
Logarithm::Logarithm(const PowerTable& powers) : powers_(powers), fraction_{} {
  int64_t s = 0;
  for (size_t i = 0; i < fraction_.size(); ++i) {
    const uint64_t number = (fraction_.size() + i) << 19;  // 1 + i/4096 in units of 2^-31
    while (s + 1 < PowerTable::kSteps && 2 * powers.power(PowerTable::kSteps - s - 1) <= number)
      ++s;
    fraction_[i] = static_cast<uint16_t>(s);
  }
}

}  // namespace xinglin::coder
