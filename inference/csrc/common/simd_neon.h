/// Sixteen lanes as four 128-bit registers. What each function means: simd_portable.h.
#pragma once

#include <arm_neon.h>

#include <cstdint>
#include <cstring>

namespace xinglin {

struct NeonLanes {
  struct F {
    float32x4_t part[4];
  };
  struct I {
    int32x4_t part[4];
  };

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
  static F div(F a, const F& b) {
    for (int i = 0; i < 4; ++i) a.part[i] = vdivq_f32(a.part[i], b.part[i]);
    return a;
  }
  static F sqrt(F a) {
    for (int i = 0; i < 4; ++i) a.part[i] = vsqrtq_f32(a.part[i]);
    return a;
  }
  static F multiply_add(const F& a, const F& b, const F& c) { return add(mul(a, b), c); }
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

 private:
  /// The second where they are equal or not comparable, as all other instruction sets do.
  static float32x4_t max(float32x4_t a, float32x4_t b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
};

}  // namespace xinglin
