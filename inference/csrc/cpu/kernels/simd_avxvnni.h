/// AVX2 with the dot product of AVX-VNNI: processors with it and without AVX-512, as Intel's since
/// Alder Lake. What each function means: simd_portable.h.
#pragma once

#include "cpu/kernels/simd_avx2.h"

namespace xinglin::cpu {

struct AvxVnniSimd : Avx2Simd {
  using X = __m256i;

  static constexpr bool kOffset = true;

  static X load_four(const int8_t* p) { return load_four_positive(p); }
  static I dot(I sum, W w, X x) { return {dot(sum.low, w.low, x), dot(sum.high, w.high, x)}; }
  static I dot_positive(I sum, W w, P x) { return dot(sum, w, x); }

 private:
  /// Assembly, for the reason of Avx2Simd::accumulate; `vex`, since the other encoding is
  /// AVX-512's.
  static __m256i dot(__m256i sum, __m256i w, __m256i x) {
    __asm__("%{vex%} vpdpbusd %[w], %[x], %[sum]" : [sum] "+x"(sum) : [x] "x"(x), [w] "x"(w));
    return sum;
  }
};

}  // namespace xinglin::cpu
