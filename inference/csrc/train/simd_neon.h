/// Sixteen lanes as four 128-bit registers, products in float32. What each function means:
/// simd_portable.h.
#pragma once

#include <arm_neon.h>

#include <cstdint>
#include <cstring>

namespace xinglin::train {

struct NeonSimd {
  struct F {
    float32x4_t q[4];
  };
  using W = F;
  using X = float32x4_t;
  using Element = float;

  static constexpr int kPair = 1;
  static constexpr int kTileRows = 6;
  static constexpr int kTilePanels = 1;

  static F zero() { return set(0.0F); }
  static F set(float x) {
    return each([x](int) { return vdupq_n_f32(x); });
  }
  static F load(const float* p) {
    return each([p](int i) { return vld1q_f32(p + 4 * i); });
  }
  static void store(float* p, const F& f) {
    for (int i = 0; i < 4; ++i) vst1q_f32(p + 4 * i, f.q[i]);
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
  static F add(const F& a, const F& b) {
    return each([&](int i) { return vaddq_f32(a.q[i], b.q[i]); });
  }
  static F sub(const F& a, const F& b) {
    return each([&](int i) { return vsubq_f32(a.q[i], b.q[i]); });
  }
  static F mul(const F& a, const F& b) {
    return each([&](int i) { return vmulq_f32(a.q[i], b.q[i]); });
  }
  static F div(const F& a, const F& b) {
    return each([&](int i) { return vdivq_f32(a.q[i], b.q[i]); });
  }
  static F sqrt(const F& a) {
    return each([&](int i) { return vsqrtq_f32(a.q[i]); });
  }
  static F fma(const F& a, const F& b, const F& c) {
    return each([&](int i) { return vfmaq_f32(c.q[i], a.q[i], b.q[i]); });
  }
  static F max(const F& a, const F& b) {
    return each([&](int i) { return vmaxq_f32(a.q[i], b.q[i]); });
  }
  static F round(const F& f) {
    return each([&](int i) { return vrndnq_f32(f.q[i]); });
  }
  static F power_of_two(const F& f) {
    return each([&](int i) {
      const int32x4_t n = vaddq_s32(vcvtq_s32_f32(f.q[i]), vdupq_n_s32(127));
      return vreinterpretq_f32_s32(vshlq_n_s32(n, 23));
    });
  }
  static float sum(const F& f) {
    return vaddvq_f32(vaddq_f32(vaddq_f32(f.q[0], f.q[2]), vaddq_f32(f.q[1], f.q[3])));
  }
  static float largest(const F& f) {
    return vmaxvq_f32(vmaxq_f32(vmaxq_f32(f.q[0], f.q[2]), vmaxq_f32(f.q[1], f.q[3])));
  }

  static Element element(float x) { return x; }
  static F load_elements(const Element* p) { return load(p); }
  static void store_elements(Element* p, const F& f) { store(p, f); }
  static F load_elements_part(const Element* p, int n) { return load_part(p, n); }
  static void store_elements_part(Element* p, int n, const F& f) { store_part(p, n, f); }

  static W load_words(const uint32_t* p) { return load(reinterpret_cast<const float*>(p)); }
  static X load_word(const uint32_t* p) { return vld1q_dup_f32(reinterpret_cast<const float*>(p)); }
  static F dot(const F& sum, const W& w, X x) {
    return each([&](int i) { return vfmaq_f32(sum.q[i], w.q[i], x); });
  }
  static void weave(const Element* row, int64_t /*stride*/, uint32_t* words) {
    store(reinterpret_cast<float*>(words), load(row));
  }
  static void weave_two(const Element* row, int64_t stride, uint32_t* words, int64_t panel) {
    weave(row, stride, words);
    weave(row + 16, stride, words + panel);
  }
  static void prefetch(const void* p) { __builtin_prefetch(p); }

 private:
  template <class Function>
  static F each(const Function& function) {
    return F{{function(0), function(1), function(2), function(3)}};
  }
};

}  // namespace xinglin::train
