/// Sixteen lanes as two 256-bit registers. What each function means: simd_portable.h.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace xinglin {

struct Avx2Lanes {
  struct F {
    __m256 low, high;
  };
  struct I {
    __m256i low, high;
  };

  static F zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
  static F set(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
  static F load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
  static void store(float* p, F f) {
    _mm256_storeu_ps(p, f.low);
    _mm256_storeu_ps(p + 8, f.high);
  }
  static F load_part(const float* p, int n) {
    return {_mm256_maskload_ps(p, below(n)), _mm256_maskload_ps(p + 8, below(n - 8))};
  }
  /// Not with vmaskmovps, whose stores take dozens of operations on AMD's processors.
  static void store_part(float* p, int n, F f) {
    if (n >= 8) {
      _mm256_storeu_ps(p, f.low);
      store_below_eight(p + 8, n - 8, f.high);
    } else {
      store_below_eight(p, n, f.low);
    }
  }
  static F first(F f, int n) {
    return {_mm256_and_ps(f.low, _mm256_castsi256_ps(below(n))),
            _mm256_and_ps(f.high, _mm256_castsi256_ps(below(n - 8)))};
  }
  static F add(F a, F b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
  static F sub(F a, F b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
  static F mul(F a, F b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
  static F div(F a, F b) { return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)}; }
  static F sqrt(F a) { return {_mm256_sqrt_ps(a.low), _mm256_sqrt_ps(a.high)}; }
  static F multiply_add(F a, F b, F c) { return add(mul(a, b), c); }
  static F max(F a, F b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
  static F abs(F a) {
    const __m256 sign = _mm256_set1_ps(-0.0F);
    return {_mm256_andnot_ps(sign, a.low), _mm256_andnot_ps(sign, a.high)};
  }
  static F where_greater(F x, F limit, F value) {
    return {_mm256_and_ps(_mm256_cmp_ps(x.low, limit.low, _CMP_GT_OQ), value.low),
            _mm256_and_ps(_mm256_cmp_ps(x.high, limit.high, _CMP_GT_OQ), value.high)};
  }
  static I to_int(F f) { return {_mm256_cvtps_epi32(f.low), _mm256_cvtps_epi32(f.high)}; }
  static F to_float(I n) { return {_mm256_cvtepi32_ps(n.low), _mm256_cvtepi32_ps(n.high)}; }
  static F power_of_two(I n) { return {power_of_two(n.low), power_of_two(n.high)}; }
  static float sum(F f) {
    const __m256 eight = _mm256_add_ps(f.low, f.high);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
  static float largest(F f) {
    const __m256 eight = _mm256_max_ps(f.low, f.high);
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
  }

 private:
  static void store_below_eight(float* p, int n, __m256 f) {
    __m128 four = _mm256_castps256_ps128(f);
    if ((n & 4) != 0) {
      _mm_storeu_ps(p, four);
      four = _mm256_extractf128_ps(f, 1);
      p += 4;
    }
    if ((n & 2) != 0) {
      _mm_storel_pi(reinterpret_cast<__m64*>(p), four);
      four = _mm_movehl_ps(four, four);
      p += 2;
    }
    if ((n & 1) != 0) _mm_store_ss(p, four);
  }
  /// All ones in the lanes below n.
  static __m256i below(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static __m256 power_of_two(__m256i n) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
  }
};

}  // namespace xinglin
