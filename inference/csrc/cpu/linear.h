/// y[b, o] (+)= float(sum_k x[b, k] w[o, k]) * (x_scale[b] * w_scale[o]), sums exact in int32.
///
/// Weights are read once for all rows of a batch: the panels of a group stay in the first-level
/// cache while the rows pass, a few at a time, their sums in registers.
/// Reference: inference/model/quantize.py, linear_int8.
#pragma once

#include "cpu/layout.h"

namespace xinglin::cpu {

/// sum[r][p] += the products of row r with the p-th panel from `w` over all of K. With more panels
/// than a group has, `w` is the first of one; otherwise all are of one group.
template <class S, int R, int P>
inline __attribute__((always_inline)) void dot_tile(const int8_t* x, size_t stride,
                                                    const PanelView& w, int deep,
                                                    typename S::I (&sum)[R][P]) {
  const int8_t* at = w.weight;
  for (int k = 0; k < deep; ++k, at += w.step) {
    typename S::W weights[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      weights[p] = S::load_weights(at + static_cast<size_t>(p / kGroup) * w.next +
                                   static_cast<size_t>(p % kGroup) * kPanelStep);
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
  dot_tile<S, R, P>(x.q + static_cast<size_t>(row) * x.stride, x.stride, PanelView(w, panel),
                    w.deep, sum);
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

/// All rows over panels from `panel` on, P at a time; returns the first that is left.
template <class S, int P, bool kAdd>
inline int linear_range(const PackedView& w, int panel, const RowsView& x, float* y,
                        size_t y_stride) {
  static_assert(P % kGroup == 0 || kGroup % P == 0, "a tile begins with a group or lies in one");
  for (; panel + P <= w.outputs / kLanes; panel += P) {
    linear_panels<S, P, kAdd>(w, panel, x, y, y_stride);
  }
  return panel;
}

template <class S, bool kAdd>
inline void linear_all(const PackedView& w, const RowsView& x, float* y, size_t y_stride) {
  int panel = x.rows == 1 ? linear_range<S, S::kPanelsOfOne, kAdd>(w, 0, x, y, y_stride)
                          : linear_range<S, S::kPanelsOfMany, kAdd>(w, 0, x, y, y_stride);
  if constexpr (S::kPanelsOfOne > 4) {
    if (x.rows == 1) panel = linear_range<S, 4, kAdd>(w, panel, x, y, y_stride);
  }
  if constexpr (S::kPanelsOfOne > 2) panel = linear_range<S, 2, kAdd>(w, panel, x, y, y_stride);
  linear_range<S, 1, kAdd>(w, panel, x, y, y_stride);
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
