/// y[b, o] (+)= float(sum_k x[b, k] w[o, k]) * (x_scale[b] * w_scale[o]), sums exact in int32.
///
/// A warp takes tiles of 16 outputs. Each weight is read once for all rows of the block, 16 bytes a
/// lane, from the second-level cache: ahead of time through a pipe, or when it is needed. With
/// tensor cores one instruction multiplies a tile with eight rows; without, dp4a does, and four
/// lanes add up their parts.
/// Reference: inference/model/quantize.py, linear_int8.
#pragma once

#include "cuda/lane.h"
#include "cuda/layout.h"
#include "cuda/pipe.cuh"

namespace xinglin::cuda {

/// Rows of int8 activations with one scale each, in shared memory.
struct RowsView {
  const int8_t* q;
  int stride;
  const float* scale;
  int rows;
};

XL_DEVICE inline void put(float* y, int32_t sum, float x_scale, float w_scale, bool add) {
  const float value = static_cast<float>(sum) * (x_scale * w_scale);
  *y = add ? *y + value : value;
}

/// The words of row `row` that lane/4 of a tile multiplies with: inputs 4 (l%4) and 16 further.
XL_DEVICE inline const int8_t* inputs_of(const RowsView& x, int row, int step, int lane) {
  return x.q + row * x.stride + step * kTileInputs + lane % 4 * 4;
}

XL_DEVICE inline int32_t word_at(const int8_t* from) {
  return *reinterpret_cast<const int32_t*>(from);
}

/// One tile for all rows with tensor cores. Lane l holds the sums of outputs l/4 and l/4 + 8 with
/// rows 2 (l%4) and the next.
template <class T, class Weights>
XL_DEVICE void tile_on_tensor_cores(const T& t, const MatrixView& w, int tile, const RowsView& x,
                                    float* y, int y_stride, bool add, Weights& weights) {
  const int lane = t.lane();
  weights.begin(w, tile);
  int32_t sum[4] = {};
#pragma unroll Weights::kUnroll
  for (int step = 0; step < w.steps; ++step) {
    const Sixteen part = weights.take(step, w.steps);
    const int8_t* input = inputs_of(x, lane / 4, step, lane);
    const int32_t pair[2] = {word_at(input), word_at(input + 16)};
    t.multiply(sum, part, pair);
  }
  for (int i = 0; i < 4; ++i) {
    const int output = tile * kTileOutputs + lane / 4 + i / 2 * 8;
    const int row = lane % 4 * 2 + i % 2;
    if (row < x.rows) {
      put(y + row * y_stride + output, sum[i], x.scale[row], w.scale[output], add);
    }
  }
}

/// One tile for R rows with dp4a; rows past the last are computed and dropped.
template <int R, class T, class Weights>
XL_DEVICE void tile_with_dp4a(const T& t, const MatrixView& w, int tile, const RowsView& x,
                              float* y, int y_stride, bool add, Weights& weights) {
  const int lane = t.lane();
  weights.begin(w, tile);
  int32_t sum[R][2] = {};
#pragma unroll Weights::kUnroll
  for (int step = 0; step < w.steps; ++step) {
    const Sixteen part = weights.take(step, w.steps);
#pragma unroll
    for (int r = 0; r < R; ++r) {
      const int8_t* input = inputs_of(x, r, step, lane);
      const int32_t near = word_at(input);
      const int32_t far = word_at(input + 16);
      sum[r][0] = dot4(part.word[2], far, dot4(part.word[0], near, sum[r][0]));
      sum[r][1] = dot4(part.word[3], far, dot4(part.word[1], near, sum[r][1]));
    }
  }
#pragma unroll
  for (int r = 0; r < R; ++r) {
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      int32_t all = sum[r][i] + t.swap(sum[r][i], 1);
      all += t.swap(all, 2);
      const int output = tile * kTileOutputs + lane / 4 + i * 8;
      if (r < x.rows && lane % 4 == r % 4) {
        put(y + r * y_stride + output, all, x.scale[r], w.scale[output], add);
      }
    }
  }
}

template <class T, class Weights>
XL_DEVICE void linear_tile(const T& t, const MatrixView& w, int tile, const RowsView& x, float* y,
                           int y_stride, bool add, Weights& weights) {
  if constexpr (T::kTensorCores) {
    tile_on_tensor_cores(t, w, tile, x, y, y_stride, add, weights);
  } else if (x.rows == 1) {
    tile_with_dp4a<1>(t, w, tile, x, y, y_stride, add, weights);
  } else if (x.rows <= 4) {
    tile_with_dp4a<4>(t, w, tile, x, y, y_stride, add, weights);
  } else {
    tile_with_dp4a<kMostRows>(t, w, tile, x, y, y_stride, add, weights);
  }
}

/// y: (rows, outputs), rows `y_stride` apart; added to what is there when `add`. The last tile's
/// padding is written, too: rows are as far apart as whole tiles. The activations were written
/// before a barrier.
template <class T, class Weights>
XL_DEVICE void linear(const T& t, const MatrixView& w, const RowsView& x, float* y, int y_stride,
                      bool add, Weights& weights) {
  const int tiles = padded(w.outputs, kTileOutputs) / kTileOutputs;
  for (int tile = t.warp(); tile < tiles; tile += t.warps()) {
    linear_tile(t, w, tile, x, y, y_stride, add, weights);
  }
}

}  // namespace xinglin::cuda
