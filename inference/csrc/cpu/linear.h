/// y[b, o] (+)= float(sum_k x[b, k] w[o, k]) * (x_scale[b] * w_scale[o]), sums exact in int32.
///
/// Weights are read once for all rows of a batch: the panels of a group stay in the first-level
/// cache while the rows pass, a few at a time, their sums in registers.
/// Reference: inference/quantize.py, linear_int8.
#pragma once

#include "cpu/layout.h"

namespace xinglin::cpu {

/// sum[r][p] += the products of row r with panel p over all of K.
template <class S, int R, int P>
inline __attribute__((always_inline)) void dot_tile(const int8_t* x, size_t stride, const int8_t* w,
                                                    int deep, typename S::I (&sum)[R][P]) {
  const size_t panel = static_cast<size_t>(deep) * 64;
  for (int k = 0; k < deep; ++k) {
    typename S::W weights[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      weights[p] =
          S::load_weights(w + static_cast<size_t>(p) * panel + static_cast<size_t>(k) * 64);
    }
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const typename S::X four =
          S::load_four(x + static_cast<size_t>(r) * stride + static_cast<size_t>(k) * kDeep);
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) sum[r][p] = S::dot(sum[r][p], weights[p], four);
    }
  }
}

template <class S, int R, int P, bool kAdd>
inline void linear_tile(const PackedView& w, int panel, const RowsView& x, int row, float* y,
                        size_t y_stride) {
  typename S::I sum[R][P];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      sum[r][p] = S::kOffset ? S::load_int(w.unoffset + (panel + p) * kLanes) : S::zero_int();
    }
  }
  const int8_t* weight = w.weight + static_cast<size_t>(panel) * static_cast<size_t>(w.deep) * 64;
  dot_tile<S, R, P>(x.q + static_cast<size_t>(row) * x.stride, x.stride, weight, w.deep, sum);
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    const typename S::F scale = S::set(x.scale[row + r]);
    float* out = y + static_cast<size_t>(row + r) * y_stride + panel * kLanes;
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      const typename S::F step = S::mul(scale, S::load(w.scale + (panel + p) * kLanes));
      typename S::F value = S::mul(S::to_float(sum[r][p]), step);
      if (kAdd) value = S::add(S::load(out + p * kLanes), value);
      S::store(out + p * kLanes, value);
    }
  }
}

/// All rows over the P panels that begin at `panel`.
template <class S, int P, bool kAdd>
inline void linear_panels(const PackedView& w, int panel, const RowsView& x, float* y,
                          size_t y_stride) {
  constexpr int kRows = S::kRowsOfMany;
  int row = 0;
  for (; row + kRows <= x.rows; row += kRows) {
    linear_tile<S, kRows, P, kAdd>(w, panel, x, row, y, y_stride);
  }
  for (; row < x.rows; ++row) linear_tile<S, 1, P, kAdd>(w, panel, x, row, y, y_stride);
}

template <class S, bool kAdd>
inline void linear_all(const PackedView& w, const RowsView& x, float* y, size_t y_stride) {
  const int panels = w.outputs / kLanes;
  int panel = 0;
  if (x.rows == 1) {
    constexpr int kMany = S::kPanelsOfOne;
    for (; panel + kMany <= panels; panel += kMany) {
      linear_tile<S, 1, kMany, kAdd>(w, panel, x, 0, y, y_stride);
    }
  } else {
    constexpr int kMany = S::kPanelsOfMany;
    for (; panel + kMany <= panels; panel += kMany) {
      linear_panels<S, kMany, kAdd>(w, panel, x, y, y_stride);
    }
  }
  for (; panel < panels; ++panel) linear_panels<S, 1, kAdd>(w, panel, x, y, y_stride);
}

/// y: (rows, N) float32, rows `y_stride` apart; added to what is there when `add`.
template <class S>
void linear(const PackedView& w, const RowsView& x, float* y, size_t y_stride, bool add) {
  if (add) {
    linear_all<S, true>(w, x, y, y_stride);
  } else {
    linear_all<S, false>(w, x, y, y_stride);
  }
}

}  // namespace xinglin::cpu
