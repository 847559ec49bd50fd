/// Sixteen lanes as one 512-bit register. What each function means: simd_portable.h.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace xinglin {

struct Avx512Lanes {
  using F = __m512;
  using I = __m512i;

  static F zero() { return _mm512_setzero_ps(); }
  static F set(float x) { return _mm512_set1_ps(x); }
  static F load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, F f) { _mm512_storeu_ps(p, f); }
  static F load_part(const float* p, int n) { return _mm512_maskz_loadu_ps(below(n), p); }
  static void store_part(float* p, int n, F f) { _mm512_mask_storeu_ps(p, below(n), f); }
  static F first(F f, int n) { return _mm512_maskz_mov_ps(below(n), f); }
  static F add(F a, F b) { return _mm512_add_ps(a, b); }
  static F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
  static F div(F a, F b) { return _mm512_div_ps(a, b); }
  static F sqrt(F a) { return _mm512_sqrt_ps(a); }
  static F multiply_add(F a, F b, F c) { return add(mul(a, b), c); }
  static F max(F a, F b) { return _mm512_max_ps(a, b); }
  static F abs(F a) { return _mm512_abs_ps(a); }
  static F where_greater(F x, F limit, F value) {
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, limit, _CMP_GT_OQ), value);
  }
  static I to_int(F f) { return _mm512_cvtps_epi32(f); }
  static F to_float(I n) { return _mm512_cvtepi32_ps(n); }
  static F power_of_two(I n) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(n, _mm512_set1_epi32(127)), 23));
  }
  static float sum(F f) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(f), upper_half(f));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
  static float largest(F f) {
    const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(f), upper_half(f));
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
  }

 protected:
  static __mmask16 below(int n) { return static_cast<__mmask16>((1U << n) - 1U); }
  /// Four bytes that need not be aligned, in every lane.
  static __m512i broadcast(const void* p) {
    int32_t word;
    __builtin_memcpy(&word, p, sizeof word);
    return _mm512_set1_epi32(word);
  }

 private:
  static __m256 upper_half(F f) {
    return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(f), 1));
  }
};

}  // namespace xinglin
