/// Sixteen lanes in plain C++: the definition that every other instruction set equals bit by bit.
///
/// Each `simd_*.h` holds one struct of the same static functions; the kernels are templates over
/// it. No fused multiply-add anywhere and one fixed order of every sum, so that a reply does not
/// depend on the processor that made it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace xinglin::cpu {

struct PortableSimd {
  /// Sixteen float32.
  struct F {
    float lane[16];
  };
  /// Sixteen int32.
  struct I {
    int32_t lane[16];
  };
  /// The weights of 16 outputs x 4 inputs.
  struct W {
    int8_t lane[64];
  };
  /// Four activations, for all outputs.
  struct X {
    int8_t lane[4];
  };
  /// Four activations from 0 to 127.
  using P = X;

  /// Whether activations are kept as unsigned bytes, 128 too large (then sums start at -128 sum w).
  static constexpr bool kOffset = false;
  /// Panels of 16 outputs that a lone row takes at a time, and the tile that many rows take.
  static constexpr int kPanelsOfOne = 1;
  static constexpr int kRowsOfMany = 2;
  static constexpr int kPanelsOfMany = 1;

  static F zero() { return F{}; }
  static F set(float x) {
    F f;
    for (int i = 0; i < 16; ++i) f.lane[i] = x;
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
  /// Sixteen int32 in [-127, 127] as int8.
  static void store_int8(int8_t* p, const I& n) {
    for (int i = 0; i < 16; ++i) p[i] = static_cast<int8_t>(n.lane[i]);
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
  static F max(F a, const F& b) {
    for (int i = 0; i < 16; ++i) a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
  }
  static F abs(F a) {
    for (int i = 0; i < 16; ++i) a.lane[i] = __builtin_fabsf(a.lane[i]);
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
    for (int i = 0; i < 16; ++i) n.lane[i] = static_cast<int32_t>((n.lane[i] + 127) * (1 << 23));
    F f;
    std::memcpy(&f, &n, sizeof f);
    return f;
  }
  /// The bits above the lowest seven of n >= 0.
  static I high_bits(I n) {
    for (int i = 0; i < 16; ++i) n.lane[i] >>= 7;
    return n;
  }
  static I low_bits(I n) {
    for (int i = 0; i < 16; ++i) n.lane[i] &= 127;
    return n;
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

  static I zero_int() { return I{}; }
  static I load_int(const int32_t* p) {
    I n;
    std::memcpy(&n, p, sizeof n);
    return n;
  }
  static W load_weights(const int8_t* p) {
    W w;
    std::memcpy(&w, p, sizeof w);
    return w;
  }
  static X load_four(const int8_t* p) {
    X x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  /// sum + the exact products of 16 outputs with four activations.
  static I dot(I sum, const W& w, const X& x) {
    for (int o = 0; o < 16; ++o) {
      for (int k = 0; k < 4; ++k) sum.lane[o] += w.lane[4 * o + k] * x.lane[k];
    }
    return sum;
  }
  static P load_four_positive(const int8_t* p) { return load_four(p); }
  static I dot_positive(const I& sum, const W& w, const P& x) { return dot(sum, w, x); }
};

}  // namespace xinglin::cpu
