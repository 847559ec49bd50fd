/// The int8 products of the model in plain C++: what each function of a `simd_*.h` means.
#pragma once

#include "common/simd_portable.h"

namespace xinglin::cpu {

struct PortableSimd : PortableLanes {
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

  /// Sixteen int32 in [-127, 127] as int8.
  static void store_int8(int8_t* p, const I& n) {
    for (int i = 0; i < 16; ++i) p[i] = static_cast<int8_t>(n.lane[i]);
  }
  /// The bits above the lowest seven of n >= 0.
  static I high_bits(I n) {
    for (int32_t& lane : n.lane) lane >>= 7;
    return n;
  }
  static I low_bits(I n) {
    for (int32_t& lane : n.lane) lane &= 127;
    return n;
  }
  static I zero_int() { return I{}; }
  static I load_int(const int32_t* p) { return copy<I>(p); }
  static W load_weights(const int8_t* p) { return copy<W>(p); }
  static X load_four(const int8_t* p) { return copy<X>(p); }
  /// sum + the exact products of 16 outputs with four activations.
  static I dot(I sum, const W& w, const X& x) {
    for (int o = 0; o < 16; ++o) {
      for (int k = 0; k < 4; ++k) sum.lane[o] += w.lane[4 * o + k] * x.lane[k];
    }
    return sum;
  }
  static P load_four_positive(const int8_t* p) { return load_four(p); }
  static I dot_positive(const I& sum, const W& w, const P& x) { return dot(sum, w, x); }

 private:
  template <class V>
  static V copy(const void* p) {
    V value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }
};

}  // namespace xinglin::cpu
