/// Sixteen lanes as two 256-bit registers, products in float32. What each function means:
/// simd_portable.h.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace xinglin::train {

struct Avx2Simd {
  struct F {
    __m256 low, high;
  };
  using W = F;
  using X = __m256;
  using Element = float;

  static constexpr int kPair = 1;
  static constexpr int kTileRows = 6;
  static constexpr int kTilePanels = 1;

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
  static void store_part(float* p, int n, F f) {
    _mm256_maskstore_ps(p, below(n), f.low);
    if (n > 8) _mm256_maskstore_ps(p + 8, below(n - 8), f.high);
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
  static F fma(F a, F b, F c) {
    return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
  }
  static F max(F a, F b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
  static F round(F f) { return {round(f.low), round(f.high)}; }
  static F power_of_two(F f) { return {power_of_two(f.low), power_of_two(f.high)}; }
  static float sum(F f) {
    const __m256 eight = _mm256_add_ps(f.low, f.high);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
  }
  static float largest(F f) {
    const __m256 eight = _mm256_max_ps(f.low, f.high);
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    four = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
  }

  static Element element(float x) { return x; }
  static F load_elements(const Element* p) { return load(p); }
  static void store_elements(Element* p, F f) { store(p, f); }
  static F load_elements_part(const Element* p, int n) { return load_part(p, n); }
  static void store_elements_part(Element* p, int n, F f) { store_part(p, n, f); }

  static W load_words(const uint32_t* p) { return load(reinterpret_cast<const float*>(p)); }
  static X load_word(const uint32_t* p) {
    return _mm256_broadcast_ss(reinterpret_cast<const float*>(p));
  }
  static F dot(F sum, W w, X x) {
    return {_mm256_fmadd_ps(w.low, x, sum.low), _mm256_fmadd_ps(w.high, x, sum.high)};
  }
  static void weave(const Element* row, int64_t /*stride*/, uint32_t* words) {
    store(reinterpret_cast<float*>(words), load(row));
  }
  static void weave_two(const Element* row, int64_t stride, uint32_t* words, int64_t panel) {
    weave(row, stride, words);
    weave(row + 16, stride, words + panel);
  }
  static void prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }

 private:
  static __m256i below(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static __m256 round(__m256 f) {
    return _mm256_round_ps(f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static __m256 power_of_two(__m256 f) {
    const __m256i n = _mm256_add_epi32(_mm256_cvtps_epi32(f), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(n, 23));
  }
};

}  // namespace xinglin::train
