/// Sixteen lanes in plain C++: what each function of a `simd_*.h` means.
///
/// An *element* is what products read: float32, or bfloat16 where the processor multiplies it. A
/// *word* is the four bytes that a product takes at a time from each row: one float32, or two
/// bfloat16 that stand one behind the other along the axis that is summed over.
#pragma once

#include <cstdint>
#include <cstring>

namespace xinglin::train {

struct PortableSimd {
  struct F {
    float lane[16];
  };
  using W = F;
  using X = float;
  using Element = float;

  /// Elements in a word.
  static constexpr int kPair = 1;
  /// The tile that a product keeps in registers: rows x panels of 16 outputs.
  static constexpr int kTileRows = 2;
  static constexpr int kTilePanels = 1;

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
  /// a b + c, with one rounding or two.
  static F fma(const F& a, const F& b, F c) {
    for (int i = 0; i < 16; ++i) c.lane[i] += a.lane[i] * b.lane[i];
    return c;
  }
  static F max(F a, const F& b) {
    for (int i = 0; i < 16; ++i) a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
  }
  /// Nearest whole number of |f| < 2^22, and 2^n of such a number n in [-126, 127].
  static F round(F f) {
    constexpr float kShift = 12582912.0F;
    for (float& lane : f.lane) lane = (lane + kShift) - kShift;
    return f;
  }
  static F power_of_two(const F& f) {
    int32_t bits[16];
    for (int i = 0; i < 16; ++i) bits[i] = (static_cast<int32_t>(f.lane[i]) + 127) * (1 << 23);
    F p;
    std::memcpy(&p, bits, sizeof p);
    return p;
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

  static Element element(float x) { return x; }
  static F load_elements(const Element* p) { return load(p); }
  static void store_elements(Element* p, const F& f) { store(p, f); }
  static F load_elements_part(const Element* p, int n) { return load_part(p, n); }
  static void store_elements_part(Element* p, int n, const F& f) { store_part(p, n, f); }

  /// A word of each of 16 outputs, and one word for all of them.
  static W load_words(const uint32_t* p) { return load(reinterpret_cast<const float*>(p)); }
  static X load_word(const uint32_t* p) {
    float x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  /// sum + w x
  static F dot(F sum, const W& w, X x) {
    for (int i = 0; i < 16; ++i) sum.lane[i] += w.lane[i] * x;
    return sum;
  }
  /// Sixteen words: the elements of `kPair` rows, side by side.
  static void weave(const Element* row, int64_t stride, uint32_t* words) {
    (void)stride;
    std::memcpy(words, row, 16 * sizeof(float));
  }
  /// The same of 32 columns, to two panels.
  static void weave_two(const Element* row, int64_t stride, uint32_t* words, int64_t panel) {
    weave(row, stride, words);
    weave(row + 16, stride, words + panel);
  }
  static void prefetch(const void* p) { __builtin_prefetch(p); }
};

}  // namespace xinglin::train
