/// Products of float32 by the fused multiply-add of NEON. What each function means: simd_float32.h.
#pragma once

#include "common/simd_neon.h"
#include "train/simd_float32.h"

namespace xinglin::train {

struct NeonSimd : Float32Simd<NeonLanes> {
  using X = float32x4_t;

  static constexpr int kTileRows = 6;
  static constexpr int kTilePanels = 1;

  static F multiply_add(const F& a, const F& b, F c) {
    for (int i = 0; i < 4; ++i) c.part[i] = vfmaq_f32(c.part[i], a.part[i], b.part[i]);
    return c;
  }
  static X load_word(const uint32_t* p) { return vld1q_dup_f32(reinterpret_cast<const float*>(p)); }
  static F dot(F sum, const W& w, X x) {
    for (int i = 0; i < 4; ++i) sum.part[i] = vfmaq_f32(sum.part[i], w.part[i], x);
    return sum;
  }
};

}  // namespace xinglin::train
