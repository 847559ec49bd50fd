/// The int8 products of AVX-512 VNNI. What each function means: simd_portable.h.
#pragma once

#include "common/simd_avx512.h"

namespace xinglin::cpu {

struct Avx512VnniSimd : Avx512Lanes {
  using W = __m512i;
  using X = __m512i;
  using P = __m512i;

  static constexpr bool kOffset = true;
  static constexpr int kPanelsOfOne = 8;
  static constexpr int kRowsOfMany = 4;
  static constexpr int kPanelsOfMany = 4;

  static void store_int8(int8_t* p, I n) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(n));
  }
  static I high_bits(I n) { return _mm512_srli_epi32(n, 7); }
  static I low_bits(I n) { return _mm512_and_si512(n, _mm512_set1_epi32(127)); }
  static I zero_int() { return _mm512_setzero_si512(); }
  static I load_int(const int32_t* p) { return _mm512_loadu_si512(p); }
  static W load_weights(const int8_t* p) { return _mm512_loadu_si512(p); }
  static X load_four(const int8_t* p) { return broadcast(p); }
  /// Assembly, because GCC 12 puts a register move before and after the intrinsic.
  static I dot(I sum, W w, X x) {
    __asm__("vpdpbusd %[w], %[x], %[sum]" : [sum] "+v"(sum) : [x] "v"(x), [w] "v"(w));
    return sum;
  }
  static P load_four_positive(const int8_t* p) { return load_four(p); }
  static I dot_positive(I sum, W w, P x) { return dot(sum, w, x); }
};

}  // namespace xinglin::cpu
