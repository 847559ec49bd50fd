/// Products of float32 by the fused multiply-add of AVX-512. What each function means:
/// simd_float32.h.
#pragma once

#include "common/simd_avx512.h"
#include "train/simd_float32.h"

namespace xinglin::train {

struct Avx512Simd : Float32Simd<Avx512Lanes> {
  /// Whole numbers stay float32, from which vscalefps makes a power.
  using I = F;
  using X = __m512;

  static constexpr int kTileRows = 8;
  static constexpr int kTilePanels = 3;

  static F multiply_add(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static I to_int(F f) {
    return _mm512_roundscale_ps(f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static F to_float(I n) { return n; }
  static F power_of_two(I n) { return _mm512_scalef_ps(_mm512_set1_ps(1.0F), n); }
  static X load_word(const uint32_t* p) { return _mm512_castsi512_ps(broadcast(p)); }
  static F dot(F sum, W w, X x) { return _mm512_fmadd_ps(w, x, sum); }
};

}  // namespace xinglin::train
