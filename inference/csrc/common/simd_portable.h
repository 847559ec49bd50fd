/// Sixteen lanes in plain C++: the definition that every other instruction set equals bit by bit.
///
/// Each `simd_*.h` here holds one struct of the same static functions; cpu/kernels/ and train/ add
/// the products that they need, and their kernels are templates over the result. No fused
/// multiply-add here and one fixed order of every sum, so that a reply does not depend on the
/// processor that made it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace xinglin {

struct PortableLanes {
  /// Sixteen float32.
  struct F {
    float lane[16];
  };
  /// Sixteen int32.
  struct I {
    int32_t lane[16];
  };

  static F zero() { return F{}; }
  static F set(float x) {
    F f;
    for (float& lane : f.lane) lane = x;
    return f;
  }
  static F load(const float* p) {
    F f;
    std::memcpy(&f, p, sizeof f);
    return f;
  }
  static void store(float* p, const F& f) { std::memcpy(p, &f, sizeof f); }
  /// The first n of sixteen, zeros behind them; 0 < n < 16.
  static F load_part(const float* p, int n) {
    F f{};
    std::memcpy(&f, p, static_cast<size_t>(n) * sizeof(float));
    return f;
  }
  static void store_part(float* p, int n, const F& f) {
    std::memcpy(p, &f, static_cast<size_t>(n) * sizeof(float));
  }
  /// The first n of sixteen, zeros behind them; 0 < n < 16.
  static F first(F f, int n) {
    for (int i = n; i < 16; ++i) f.lane[i] = 0.0F;
    return f;
  }
  static F add(F a, const F& b) {
    for (int i = 0; i < 16; ++i) a.lane[i] += b.lane[i];
    return a;
  }
  static F sub(F a, const F& b) {
    for (int i = 0; i < 16; ++i) a.lane[i] -= b.lane[i];
    return a;
  }
  static F mul(F a, const F& b) {
    for (int i = 0; i < 16; ++i) a.lane[i] *= b.lane[i];
    return a;
  }
  static F div(F a, const F& b) {
    for (int i = 0; i < 16; ++i) a.lane[i] /= b.lane[i];
    return a;
  }
  static F sqrt(F a) {
    for (float& lane : a.lane) lane = __builtin_sqrtf(lane);
    return a;
  }
  /// a b + c, rounded twice; the trainer's structs may round once.
  static F multiply_add(const F& a, const F& b, F c) {
    for (int i = 0; i < 16; ++i) c.lane[i] += a.lane[i] * b.lane[i];
    return c;
  }
  static F max(F a, const F& b) {
    for (int i = 0; i < 16; ++i) a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
  }
  static F abs(F a) {
    for (float& lane : a.lane) lane = __builtin_fabsf(lane);
    return a;
  }
  /// `value` where `x` is greater than `limit`, else 0.
  static F where_greater(const F& x, const F& limit, F value) {
    for (int i = 0; i < 16; ++i) value.lane[i] = x.lane[i] > limit.lane[i] ? value.lane[i] : 0.0F;
    return value;
  }
  /// Nearest integer, halves to even, of |f| < 2^22: adding 1.5 * 2^23 leaves no room for a
  /// fraction.
  static I to_int(const F& f) {
    constexpr float kShift = 12582912.0F;
    I n;
    for (int i = 0; i < 16; ++i) n.lane[i] = static_cast<int32_t>((f.lane[i] + kShift) - kShift);
    return n;
  }
  static F to_float(const I& n) {
    F f;
    for (int i = 0; i < 16; ++i) f.lane[i] = static_cast<float>(n.lane[i]);
    return f;
  }
  /// 2^n for n in [-126, 127].
  static F power_of_two(I n) {
    for (int32_t& lane : n.lane) lane = (lane + 127) * (1 << 23);
    F f;
    std::memcpy(&f, &n, sizeof f);
    return f;
  }
  static float sum(const F& f) {
    float eight[8];
    float four[4];
    for (int i = 0; i < 8; ++i) eight[i] = f.lane[i] + f.lane[i + 8];
    for (int i = 0; i < 4; ++i) four[i] = eight[i] + eight[i + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
  }
  static float largest(const F& f) {
    float m = f.lane[0];
    for (int i = 1; i < 16; ++i) m = m > f.lane[i] ? m : f.lane[i];
    return m;
  }
};

}  // namespace xinglin
