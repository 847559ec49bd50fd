/// Float rows to int8 with one scale per row.
///
/// q = rint(x * (127 / max|x|)), scale = max|x| / 127; a row below 1e-30 becomes zero.
/// Reference: inference/model/quantize.py, quantize_rows.
#pragma once

#include "cuda/lane.h"
#include "cuda/layout.h"

namespace xinglin::cuda {

constexpr float kSmallestMagnitude = 1e-30F;

/// How a row of this largest magnitude is quantized.
struct Steps {
  float inverse;
  float scale;

  XL_DEVICE explicit Steps(float largest) {
    const bool nothing = !(largest >= kSmallestMagnitude);
    inverse = nothing ? 0.0F : 127.0F / largest;
    scale = nothing ? 0.0F : largest / 127.0F;
  }
  XL_DEVICE int8_t operator()(float x) const {
    return static_cast<int8_t>(Lane::to_int(x * inverse));
  }
};

/// The largest of `width` lanes that begin at a multiple of it: 16 or 32.
template <class T>
XL_DEVICE float largest_of(const T& t, float x, int width) {
  for (int bits = width / 2; bits > 0; bits /= 2) x = Lane::max(x, t.swap(x, bits));
  return x;
}

/// x: (rows, width); q: rows `q_stride` apart, zeros up to the next multiple of 32. A warp a row.
template <class T>
XL_DEVICE void quantize(const T& t, const float* x, int stride, int rows, int width, int8_t* q,
                        int q_stride, float* scale) {
  for (int row = t.warp(); row < rows; row += t.warps()) {
    const float* from = x + row * stride;
    float largest = 0.0F;
    for (int i = t.lane(); i < width; i += 32) largest = Lane::max(largest, fabsf(from[i]));
    const Steps steps(largest_of(t, largest, 32));
    for (int i = t.lane(); i < padded(width, kTileInputs); i += 32) {
      q[row * q_stride + i] = i < width ? steps(from[i]) : int8_t{0};
    }
    if (t.lane() == 0) scale[row] = steps.scale;
  }
}

}  // namespace xinglin::cuda
