/// Float rows to int8 with one scale per row.
///
/// q = rint(x * (127 / max|x|)), scale = max|x| / 127; a row below 1e-30 becomes zero.
/// Reference: inference/model/quantize.py, quantize_rows.
#pragma once

#include "cpu/layout.h"

namespace xinglin::cpu {

constexpr float kSmallestMagnitude = 1e-30F;

/// The largest |x[i]|, i < n; n a multiple of 16.
template <class S>
inline float largest_magnitude(const float* x, int n) {
  typename S::F m = S::zero();
  for (int i = 0; i < n; i += kLanes) m = S::max(m, S::abs(S::load(x + i)));
  return S::largest(m);
}

/// Quantize x, (n,) with n a multiple of 16 and `largest` its largest magnitude; returns its scale.
template <class S>
inline float quantize_row(const float* x, int n, float largest, int8_t* q) {
  const bool nothing = !(largest >= kSmallestMagnitude);
  const typename S::F inverse = S::set(nothing ? 0.0F : 127.0F / largest);
  for (int i = 0; i < n; i += kLanes) {
    S::store_int8(q + i, S::to_int(S::mul(S::load(x + i), inverse)));
  }
  return nothing ? 0.0F : largest / 127.0F;
}

/// Turn n int8, n a multiple of 16, into the form in which `S` multiplies them.
template <class S>
inline void encode_row(int8_t* q, int n) {
  if constexpr (S::kOffset) {
    for (int i = 0; i < n; ++i) q[i] = static_cast<int8_t>(q[i] ^ -128);
  } else {
    (void)q;
    (void)n;
  }
}

/// Quantize and encode: what linear and attention read.
template <class S>
inline float quantize_encoded(const float* x, int n, float largest, int8_t* q) {
  const float scale = quantize_row<S>(x, n, largest, q);
  encode_row<S>(q, n);
  return scale;
}
template <class S>
inline float quantize_encoded(const float* x, int n, int8_t* q) {
  return quantize_encoded<S>(x, n, largest_magnitude<S>(x, n), q);
}

}  // namespace xinglin::cpu
