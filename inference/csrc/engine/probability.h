/// How probable a byte is by the logits before it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace xinglin {

/// log2 softmax(logits)[byte], logits (256,), in double.
inline float log2_probability(const float* logits, uint8_t byte) {
  const double top = *std::max_element(logits, logits + 256);
  double sum = 0.0;
  for (int i = 0; i < 256; ++i) sum += std::exp(logits[i] - top);
  return static_cast<float>((logits[byte] - top - std::log(sum)) / std::log(2.0));
}

}  // namespace xinglin
