/// Sixteen lanes as four 128-bit registers, with the dot product of Armv8.2. What each function
/// means: simd_portable.h.
#pragma once

#include <arm_neon.h>

#include <cstdint>
#include <cstring>

namespace xinglin::cpu {

struct NeonSimd {
  struct F {
    float32x4_t part[4];
  };
  struct I {
    int32x4_t part[4];
  };
  struct W {
    int8x16_t part[4];
  };
  using X = int8x16_t;
  using P = X;

  static constexpr bool kOffset = false;
  static constexpr int kPanelsOfOne = 4;
  static constexpr int kRowsOfMany = 4;
  static constexpr int kPanelsOfMany = 1;

  static F zero() { return set(0.0F); }
  static F set(float x) {
    const float32x4_t four = vdupq_n_f32(x);
    return {{four, four, four, four}};
  }
  static F load(const float* p) {
    return {{vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)}};
  }
  static void store(float* p, const F& f) {
    for (int i = 0; i < 4; ++i) vst1q_f32(p + 4 * i, f.part[i]);
  }
  static F load_part(const float* p, int n) {
    float lanes[16] = {};
    std::memcpy(lanes, p, static_cast<size_t>(n) * sizeof(float));
    return load(lanes);
  }
  static void store_part(float* p, int n, const F& f) {
    float lanes[16];
    store(lanes, f);
    std::memcpy(p, lanes, static_cast<size_t>(n) * sizeof(float));
  }
  static F first(const F& f, int n) {
    float lanes[16];
    store(lanes, f);
    return load_part(lanes, n);
  }
  static void store_int8(int8_t* p, const I& n) {
    const int16x8_t low = vcombine_s16(vmovn_s32(n.part[0]), vmovn_s32(n.part[1]));
    const int16x8_t high = vcombine_s16(vmovn_s32(n.part[2]), vmovn_s32(n.part[3]));
    vst1q_s8(p, vcombine_s8(vmovn_s16(low), vmovn_s16(high)));
  }
  static F add(F a, const F& b) {
    for (int i = 0; i < 4; ++i) a.part[i] = vaddq_f32(a.part[i], b.part[i]);
    return a;
  }
  static F sub(F a, const F& b) {
    for (int i = 0; i < 4; ++i) a.part[i] = vsubq_f32(a.part[i], b.part[i]);
    return a;
  }
  static F mul(F a, const F& b) {
    for (int i = 0; i < 4; ++i) a.part[i] = vmulq_f32(a.part[i], b.part[i]);
    return a;
  }
  static F max(F a, const F& b) {
    for (int i = 0; i < 4; ++i) a.part[i] = max(a.part[i], b.part[i]);
    return a;
  }
  static F abs(F a) {
    for (int i = 0; i < 4; ++i) a.part[i] = vabsq_f32(a.part[i]);
    return a;
  }
  static F where_greater(const F& x, const F& limit, F value) {
    for (int i = 0; i < 4; ++i) {
      const uint32x4_t mask = vcgtq_f32(x.part[i], limit.part[i]);
      const uint32x4_t kept = vandq_u32(mask, vreinterpretq_u32_f32(value.part[i]));
      value.part[i] = vreinterpretq_f32_u32(kept);
    }
    return value;
  }
  static I to_int(const F& f) {
    I n;
    for (int i = 0; i < 4; ++i) n.part[i] = vcvtnq_s32_f32(f.part[i]);
    return n;
  }
  static F to_float(const I& n) {
    F f;
    for (int i = 0; i < 4; ++i) f.part[i] = vcvtq_f32_s32(n.part[i]);
    return f;
  }
  static F power_of_two(const I& n) {
    F f;
    for (int i = 0; i < 4; ++i) {
      const int32x4_t biased = vaddq_s32(n.part[i], vdupq_n_s32(127));
      f.part[i] = vreinterpretq_f32_s32(vshlq_n_s32(biased, 23));
    }
    return f;
  }
  static I high_bits(I n) {
    for (int i = 0; i < 4; ++i) n.part[i] = vshrq_n_s32(n.part[i], 7);
    return n;
  }
  static I low_bits(I n) {
    for (int i = 0; i < 4; ++i) n.part[i] = vandq_s32(n.part[i], vdupq_n_s32(127));
    return n;
  }
  static float sum(const F& f) {
    const float32x4_t four = vaddq_f32(vaddq_f32(f.part[0], f.part[2]),  //
                                       vaddq_f32(f.part[1], f.part[3]));
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
  }
  static float largest(const F& f) {
    const float32x4_t four = max(max(f.part[0], f.part[1]), max(f.part[2], f.part[3]));
    float most = vgetq_lane_f32(four, 0);
    most = most > vgetq_lane_f32(four, 1) ? most : vgetq_lane_f32(four, 1);
    most = most > vgetq_lane_f32(four, 2) ? most : vgetq_lane_f32(four, 2);
    return most > vgetq_lane_f32(four, 3) ? most : vgetq_lane_f32(four, 3);
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

 private:
  /// The second where they are equal or not comparable, as all other instruction sets do.
  static float32x4_t max(float32x4_t a, float32x4_t b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
};

}  // namespace xinglin::cpu
