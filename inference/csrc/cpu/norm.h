/// Group layer norm without parameters, and what the blocks do between two matrices.
///
/// Each group of n numbers becomes (x - mean) / sqrt(variance + 1e-12).
/// Reference: inference/backends/reference.py, group_norm.
#pragma once

#include "cpu/quantize.h"

namespace xinglin::cpu {

constexpr float kVarianceFloor = 1e-12F;

/// Normalise one group in place. Whole vectors first, then the rest of n % 16 lanes.
template <class S>
inline void normalise_group(float* x, int n) {
  const int whole = n / kLanes * kLanes;
  const int rest = n - whole;
  typename S::F sum = S::zero();
  for (int i = 0; i < whole; i += kLanes) sum = S::add(sum, S::load(x + i));
  if (rest > 0) sum = S::add(sum, S::load_part(x + whole, rest));
  const float size = static_cast<float>(n);
  const typename S::F mean = S::set(S::sum(sum) / size);

  typename S::F squares = S::zero();
  for (int i = 0; i < whole; i += kLanes) {
    const typename S::F d = S::sub(S::load(x + i), mean);
    S::store(x + i, d);
    squares = S::add(squares, S::mul(d, d));
  }
  if (rest > 0) {
    S::store_part(x + whole, rest, S::sub(S::load_part(x + whole, rest), mean));
    const typename S::F d = S::load_part(x + whole, rest);
    squares = S::add(squares, S::mul(d, d));
  }

  const float variance = S::sum(squares) / size;
  const typename S::F inverse = S::set(1.0F / __builtin_sqrtf(variance + kVarianceFloor));
  for (int i = 0; i < whole; i += kLanes) S::store(x + i, S::mul(S::load(x + i), inverse));
  if (rest > 0) S::store_part(x + whole, rest, S::mul(S::load_part(x + whole, rest), inverse));
}

template <class S>
inline void normalise_row(float* x, int d, int groups) {
  const int n = d / groups;
  for (int g = 0; g < groups; ++g) normalise_group<S>(x + g * n, n);
}

/// out = a * b over `width` numbers, zeros up to the next multiple of 16; out may be a or b.
template <class S>
inline void multiply_rows(const float* a, const float* b, int width, float* out) {
  const int padded = round_up(width, kLanes);
  for (int i = 0; i < padded; i += kLanes) {
    S::store(out + i, S::mul(S::load(a + i), S::load(b + i)));
  }
  for (int i = width; i < padded; ++i) out[i] = 0.0F;
}

/// A gate's middle: z, (rows, 2E), to the quantized norm(z1 * z2), (rows, E). z is overwritten.
template <class S>
void gate(float* z, size_t z_stride, int rows, int width, int heads, int8_t* q, size_t q_stride,
          float* scale) {
  for (int row = 0; row < rows; ++row) {
    float* x = z + static_cast<size_t>(row) * z_stride;
    normalise_row<S>(x, 2 * width, 2 * heads);
    multiply_rows<S>(x, x + width, width, x);
    normalise_row<S>(x, width, heads);
    scale[row] =
        quantize_encoded<S>(x, round_up(width, kLanes), q + static_cast<size_t>(row) * q_stride);
  }
}

/// Attention's output gate: the quantized norm(mixed * g). mixed is overwritten.
template <class S>
void gate_mixed(float* mixed, size_t stride, const float* g, size_t g_stride, int rows, int width,
                int heads, int8_t* q, size_t q_stride, float* scale) {
  for (int row = 0; row < rows; ++row) {
    float* x = mixed + static_cast<size_t>(row) * stride;
    multiply_rows<S>(x, g + static_cast<size_t>(row) * g_stride, width, x);
    normalise_row<S>(x, width, heads);
    scale[row] =
        quantize_encoded<S>(x, round_up(width, kLanes), q + static_cast<size_t>(row) * q_stride);
  }
}

/// Quantize (rows, width) for a matrix.
template <class S>
void quantize(const float* x, size_t stride, int rows, int width, int8_t* q, size_t q_stride,
              float* scale) {
  for (int row = 0; row < rows; ++row) {
    scale[row] = quantize_encoded<S>(x + static_cast<size_t>(row) * stride, round_up(width, kLanes),
                                     q + static_cast<size_t>(row) * q_stride);
  }
}

/// Normalise every row in place, in `groups` groups.
template <class S>
void normalise(float* x, size_t stride, int rows, int width, int groups) {
  for (int row = 0; row < rows; ++row) {
    normalise_row<S>(x + static_cast<size_t>(row) * stride, width, groups);
  }
}

}  // namespace xinglin::cpu
