/// Sixteen lanes as one 512-bit register, products in float32. What each function means:
/// simd_portable.h.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace xinglin::train {

struct Avx512Simd {
  using F = __m512;
  using W = __m512;
  using X = __m512;
  using Element = float;

  static constexpr int kPair = 1;
  static constexpr int kTileRows = 8;
  static constexpr int kTilePanels = 3;

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
  static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
  static F max(F a, F b) { return _mm512_max_ps(a, b); }
  static F round(F f) {
    return _mm512_roundscale_ps(f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  }
  static F power_of_two(F f) { return _mm512_scalef_ps(_mm512_set1_ps(1.0F), f); }
  static float sum(F f) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(f), _mm512_extractf32x8_ps(f, 1));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
  }
  static float largest(F f) { return _mm512_reduce_max_ps(f); }

  static Element element(float x) { return x; }
  static F load_elements(const Element* p) { return load(p); }
  static void store_elements(Element* p, F f) { store(p, f); }
  static F load_elements_part(const Element* p, int n) { return load_part(p, n); }
  static void store_elements_part(Element* p, int n, F f) { store_part(p, n, f); }

  static W load_words(const uint32_t* p) { return _mm512_loadu_ps(p); }
  static X load_word(const uint32_t* p) { return _mm512_castsi512_ps(_mm512_set1_epi32(word(p))); }
  static F dot(F sum, W w, X x) { return _mm512_fmadd_ps(w, x, sum); }
  static void weave(const Element* row, int64_t /*stride*/, uint32_t* words) {
    _mm512_storeu_ps(words, _mm512_loadu_ps(row));
  }
  static void weave_two(const Element* row, int64_t stride, uint32_t* words, int64_t panel) {
    weave(row, stride, words);
    weave(row + 16, stride, words + panel);
  }
  static void prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T0); }

  /// The word at p, which need not lie at a multiple of its size.
  static int word(const uint32_t* p) {
    int found;
    __builtin_memcpy(&found, p, sizeof found);
    return found;
  }
  static __mmask16 below(int n) { return static_cast<__mmask16>((1U << n) - 1); }
};

}  // namespace xinglin::train
