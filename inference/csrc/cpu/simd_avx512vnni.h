/// Sixteen lanes as one 512-bit register. What each function means: simd_portable.h.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace xinglin::cpu {

struct Avx512VnniSimd {
  using F = __m512;
  using I = __m512i;
  using W = __m512i;
  using X = __m512i;
  using P = __m512i;

  static constexpr bool kOffset = true;
  static constexpr int kPanelsOfOne = 8;
  static constexpr int kRowsOfMany = 4;
  static constexpr int kPanelsOfMany = 4;

  static F zero() { return _mm512_setzero_ps(); }
  static F set(float x) { return _mm512_set1_ps(x); }
  static F load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, F f) { _mm512_storeu_ps(p, f); }
  static F load_part(const float* p, int n) { return _mm512_maskz_loadu_ps(below(n), p); }
  static void store_part(float* p, int n, F f) { _mm512_mask_storeu_ps(p, below(n), f); }
  static F first(F f, int n) { return _mm512_maskz_mov_ps(below(n), f); }
  static void store_int8(int8_t* p, I n) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(n));
  }
  static F add(F a, F b) { return _mm512_add_ps(a, b); }
  static F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
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
  static I high_bits(I n) { return _mm512_srli_epi32(n, 7); }
  static I low_bits(I n) { return _mm512_and_si512(n, _mm512_set1_epi32(127)); }
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

  static I zero_int() { return _mm512_setzero_si512(); }
  static I load_int(const int32_t* p) { return _mm512_loadu_si512(p); }
  static W load_weights(const int8_t* p) { return _mm512_loadu_si512(p); }
  static X load_four(const int8_t* p) {
    int32_t four;
    __builtin_memcpy(&four, p, sizeof four);
    return _mm512_set1_epi32(four);
  }
  /// Assembly, because GCC 12 puts a register move before and after the intrinsic.
  static I dot(I sum, W w, X x) {
    __asm__("vpdpbusd %[w], %[x], %[sum]" : [sum] "+v"(sum) : [x] "v"(x), [w] "v"(w));
    return sum;
  }
  static P load_four_positive(const int8_t* p) { return load_four(p); }
  static I dot_positive(I sum, W w, P x) { return dot(sum, w, x); }

 private:
  static __mmask16 below(int n) { return static_cast<__mmask16>((1U << n) - 1U); }
  static __m256 upper_half(F f) {
    return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(f), 1));
  }
};

}  // namespace xinglin::cpu
