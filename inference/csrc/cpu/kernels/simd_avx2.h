/// The int8 products of AVX2. What each function means: simd_portable.h.
#pragma once

#include "common/simd_avx2.h"

namespace xinglin::cpu {

struct Avx2Simd : Avx2Lanes {
  struct W {
    __m256i low, high;
  };
  struct X {
    __m256i value, magnitude;
  };
  using P = __m256i;

  static constexpr bool kOffset = false;
  static constexpr int kPanelsOfOne = 4;
  static constexpr int kRowsOfMany = 2;
  static constexpr int kPanelsOfMany = 2;

  static void store_int8(int8_t* p, I n) {
    // Packing works inside 128-bit halves: words come as 0-3 8-11 | 4-7 12-15 and are put in order.
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(n.low, n.high), 0xD8);
    const __m128i bytes =
        _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes);
  }
  static I high_bits(I n) { return {_mm256_srli_epi32(n.low, 7), _mm256_srli_epi32(n.high, 7)}; }
  static I low_bits(I n) {
    const __m256i mask = _mm256_set1_epi32(127);
    return {_mm256_and_si256(n.low, mask), _mm256_and_si256(n.high, mask)};
  }
  static I zero_int() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
  static I load_int(const int32_t* p) { return {load_32(p), load_32(p + 8)}; }
  static W load_weights(const int8_t* p) { return {load_32(p), load_32(p + 32)}; }
  static X load_four(const int8_t* p) {
    const __m256i value = load_four_positive(p);
    return {value, _mm256_abs_epi8(value)};
  }
  static I dot(I sum, W w, X x) { return {dot(sum.low, w.low, x), dot(sum.high, w.high, x)}; }
  static P load_four_positive(const int8_t* p) {
    int32_t four;
    __builtin_memcpy(&four, p, sizeof four);
    return _mm256_set1_epi32(four);
  }
  static I dot_positive(I sum, W w, P x) {
    return {dot_positive(sum.low, w.low, x), dot_positive(sum.high, w.high, x)};
  }

 private:
  static __m256i load_32(const void* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  /// sum + x in place. Assembly, because GCC 12 moves every accumulator of a loop to and fro.
  static __m256i accumulate(__m256i sum, __m256i x) {
    __asm__("vpaddd %[x], %[sum], %[sum]" : [sum] "+x"(sum) : [x] "x"(x));
    return sum;
  }
  /// |x| as unsigned, the sign of x moved to w. Two products of at most 127 x 127 fit an int16, so
  /// the saturation of vpmaddubsw never happens and the sum is exact.
  static __m256i dot(__m256i sum, __m256i w, X x) {
    return dot_positive(sum, _mm256_sign_epi8(w, x.value), x.magnitude);
  }
  static __m256i dot_positive(__m256i sum, __m256i w, __m256i x) {
    const __m256i words = _mm256_maddubs_epi16(x, w);
    return accumulate(sum, _mm256_madd_epi16(words, _mm256_set1_epi16(1)));
  }
};

}  // namespace xinglin::cpu
