/// The int8 products of Armv8.2. What each function means: simd_portable.h.
#pragma once

#include "common/simd_neon.h"

namespace xinglin::cpu {

struct NeonSimd : NeonLanes {
  struct W {
    int8x16_t part[4];
  };
  using X = int8x16_t;
  using P = X;

  static constexpr bool kOffset = false;
  static constexpr int kPanelsOfOne = 4;
  static constexpr int kRowsOfMany = 4;
  static constexpr int kPanelsOfMany = 1;

  static void store_int8(int8_t* p, const I& n) {
    const int16x8_t low = vcombine_s16(vmovn_s32(n.part[0]), vmovn_s32(n.part[1]));
    const int16x8_t high = vcombine_s16(vmovn_s32(n.part[2]), vmovn_s32(n.part[3]));
    vst1q_s8(p, vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
  }
  static I high_bits(I n) {
    for (int i = 0; i < 4; ++i) n.part[i] = vshrq_n_s32(n.part[i], 7);
    return n;
  }
  static I low_bits(I n) {
    for (int i = 0; i < 4; ++i) n.part[i] = vandq_s32(n.part[i], vdupq_n_s32(127));
    return n;
  }
  static I zero_int() {
    const int32x4_t four = vdupq_n_s32(0);
    return {{four, four, four, four}};
  }
  static I load_int(const int32_t* p) {
    return {{vld1q_s32(p), vld1q_s32(p + 4), vld1q_s32(p + 8), vld1q_s32(p + 12)}};
  }
  static W load_weights(const int8_t* p) {
    return {{vld1q_s8(p), vld1q_s8(p + 16), vld1q_s8(p + 32), vld1q_s8(p + 48)}};
  }
  static X load_four(const int8_t* p) {
    int32_t four;
    std::memcpy(&four, p, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
  }
  static I dot(I sum, const W& w, X x) {
    for (int i = 0; i < 4; ++i) sum.part[i] = vdotq_s32(sum.part[i], w.part[i], x);
    return sum;
  }
  static P load_four_positive(const int8_t* p) { return load_four(p); }
  static I dot_positive(const I& sum, const W& w, P x) { return dot(sum, w, x); }
};

}  // namespace xinglin::cpu
