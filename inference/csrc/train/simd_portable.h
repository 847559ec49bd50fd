/// Products of float32 in plain C++. What each function means: simd_float32.h.
#pragma once

#include "common/simd_portable.h"
#include "train/simd_float32.h"

namespace xinglin::train {

struct PortableSimd : Float32Simd<PortableLanes> {
  using X = float;

  static constexpr int kTileRows = 2;
  static constexpr int kTilePanels = 1;

  static X load_word(const uint32_t* p) {
    float x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  static F dot(F sum, const W& w, X x) {
    for (int i = 0; i < 16; ++i) sum.lane[i] += w.lane[i] * x;
    return sum;
  }
};

}  // namespace xinglin::train
