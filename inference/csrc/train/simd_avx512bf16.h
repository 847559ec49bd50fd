/// Products of bfloat16 by AVX-512 BF16, summed in float32. What each function means:
/// simd_float32.h.
#pragma once

#include "train/simd_avx512.h"

namespace xinglin::train {

struct Avx512Bf16Simd : Avx512Simd {
  using W = __m512bh;
  using X = __m512bh;
  using Element = uint16_t;

  static constexpr int kPair = 2;

  static F load_elements(const Element* p) {
    return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static void store_elements(Element* p, F f) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), narrow(f));
  }
  static F load_elements_part(const Element* p, int n) {
    return widen(_mm256_maskz_loadu_epi16(below(n), p));
  }
  static void store_elements_part(Element* p, int n, F f) {
    _mm256_mask_storeu_epi16(p, below(n), narrow(f));
  }

  static W load_words(const uint32_t* p) { return reinterpret_cast<W>(_mm512_loadu_si512(p)); }
  static X load_word(const uint32_t* p) { return reinterpret_cast<X>(broadcast(p)); }
  static F dot(F sum, W w, X x) { return _mm512_dpbf16_ps(sum, w, x); }
  static void weave(const Element* row, int64_t stride, uint32_t* words) {
    const __m512i low =
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(row)));
    const __m512i high =
        _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + stride)));
    _mm512_storeu_si512(words, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
  }
  static void weave_two(const Element* row, int64_t stride, uint32_t* words, int64_t panel) {
    const __m512i one = _mm512_loadu_si512(row);
    const __m512i two = _mm512_loadu_si512(row + stride);
    _mm512_storeu_si512(words, _mm512_permutex2var_epi16(one, woven_places(0), two));
    _mm512_storeu_si512(words + panel, _mm512_permutex2var_epi16(one, woven_places(16), two));
  }

 private:
  /// Places first, 32 + first, first + 1, 33 + first, ... of two registers of 32.
  static __m512i woven_places(int first) {
    const __m512i steps = _mm512_cvtepu16_epi32(
        _mm256_set_epi16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    const __m512i both = _mm512_or_si512(steps, _mm512_slli_epi32(steps, 16));
    return _mm512_add_epi16(both, _mm512_set1_epi32((first + 32) << 16 | first));
  }

  static F widen(__m256i halves) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
  static __m256i narrow(F f) { return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(f)); }
};

}  // namespace xinglin::train
