/// Targets of a head.
#pragma once

#include <cstdint>

namespace xinglin::train {

constexpr int kBytes = 256;

/// Targets of some rows.
struct Targets {
  const uint8_t* bytes;  // row r: bytes[r * step]
  const float* weights;  // row r: weights[r * step], what its loss counts
  int step;
  const float* teacher;  // (rows, 256) probabilities to say instead, or null
};

}  // namespace xinglin::train
