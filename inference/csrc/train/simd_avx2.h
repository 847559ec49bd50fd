/// Products of float32 by the fused multiply-add of AVX2. What each function means: simd_float32.h.
#pragma once

#include "common/simd_avx2.h"
#include "train/simd_float32.h"

namespace xinglin::train {

struct Avx2Simd : Float32Simd<Avx2Lanes> {
  using X = __m256;

  static constexpr int kTileRows = 6;
  static constexpr int kTilePanels = 1;

  static F multiply_add(F a, F b, F c) {
    return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
  }
  static X load_word(const uint32_t* p) {
    return _mm256_broadcast_ss(reinterpret_cast<const float*>(p));
  }
  static F dot(F sum, W w, X x) {
    return {_mm256_fmadd_ps(w.low, x, sum.low), _mm256_fmadd_ps(w.high, x, sum.high)};
  }
};

}  // namespace xinglin::train
