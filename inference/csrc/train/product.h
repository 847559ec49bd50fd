/// Products of matrices: c[r, o] (+)= sum_k left[r, k] * right[k, o].
///
/// A tile of c stays in registers while the sum runs. The panels of a tile are read again for all
/// rows before the next ones are touched; long sums are cut, so that these panels fit the first
/// cache (32 KiB).
#pragma once

#include <cstring>

#include "train/layout.h"

namespace xinglin::train {

/// Steps of a sum that three panels share the first cache for.
constexpr int kStepsAtOnce = 128;

template <class S, int R, int P>
inline void multiply_tile(const uint32_t* a, int64_t row, int64_t step, const uint32_t* b,
                          int64_t panel, int steps, float* c, int64_t stride, bool add) {
  typename S::F sum[R][P];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) {
      __builtin_prefetch(c + r * stride + p * kLanes);
      sum[r][p] = S::zero();
    }
  }
  for (int k = 0; k < steps; ++k, a += step, b += kLanes) {
    typename S::W w[P];
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) w[p] = S::load_words(b + p * panel);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const typename S::X x = S::load_word(a + r * row);
#pragma GCC unroll 4
      for (int p = 0; p < P; ++p) sum[r][p] = S::dot(sum[r][p], w[p], x);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) {
      float* at = c + r * stride + p * kLanes;
      S::store(at, add ? S::add(S::load(at), sum[r][p]) : sum[r][p]);
    }
  }
}

template <class S, int P>
void multiply_panels(const Left& a, const uint32_t* b, int64_t panel, int rows, int steps, float* c,
                     int64_t stride, bool add) {
  constexpr int R = S::kTileRows;
  constexpr int kRest = kLanes % R;
  for (int r = 0; r < rows; r += kLanes, c += kLanes * stride) {
    const uint32_t* left = a.words + r / kLanes * a.panel;
    int i = 0;
    for (; i + R <= kLanes; i += R) {
      multiply_tile<S, R, P>(left + i * a.row, a.row, a.step, b, panel, steps, c + i * stride,
                             stride, add);
    }
    if constexpr (kRest > 0) {
      multiply_tile<S, kRest, P>(left + i * a.row, a.row, a.step, b, panel, steps, c + i * stride,
                                 stride, add);
    }
  }
}

/// rows: padded; panels: of c, 16 columns each; stride: of c. No part of c may be one of a or b.
template <class S>
void multiply(const Left& a, const Right& b, int rows, int panels, int steps, float* c,
              int64_t stride, bool add) {
  const int cuts = (steps + kStepsAtOnce - 1) / kStepsAtOnce;
  const int groups = (panels + S::kTilePanels - 1) / S::kTilePanels;
  for (int g = 0; g < groups; ++g) {
    const int first = panels * g / groups;
    const int count = panels * (g + 1) / groups - first;
    for (int cut = 0; cut < cuts; ++cut) {
      const int from = steps * cut / cuts;
      const int length = steps * (cut + 1) / cuts - from;
      const Left left = {a.words + from * a.step, a.panel, a.row, a.step};
      const uint32_t* right = b.words + first * b.panel + from * kLanes;
      float* at = c + first * kLanes;
      const bool more = add || cut > 0;
      if (count == 1) multiply_panels<S, 1>(left, right, b.panel, rows, length, at, stride, more);
      if constexpr (S::kTilePanels >= 2) {
        if (count == 2) multiply_panels<S, 2>(left, right, b.panel, rows, length, at, stride, more);
      }
      if constexpr (S::kTilePanels >= 3) {
        if (count == 3) multiply_panels<S, 3>(left, right, b.panel, rows, length, at, stride, more);
      }
    }
  }
}

/// Rows of elements as panels whose sum runs over the rows: (rows, columns) to panels of 16
/// columns, `panel` words apart. Rows: even, columns: padded. Two panels at a time are filled from
/// top to bottom: panels lie at distances that would meet in one set of the first cache.
template <class S>
void weave(const void* x, int64_t stride, int rows, int columns, uint32_t* words, int64_t panel) {
  const auto* from = static_cast<const typename S::Element*>(x);
  int j = 0;
  for (; j + 2 * kLanes <= columns; j += 2 * kLanes, words += 2 * panel) {
    for (int r = 0; r < rows; r += S::kPair) {
      S::weave_two(from + r * stride + j, stride, words + r / S::kPair * kLanes, panel);
    }
  }
  for (int r = 0; r < rows && j < columns; r += S::kPair) {
    S::weave(from + r * stride + j, stride, words + r / S::kPair * kLanes);
  }
}

/// One row of elements as a column of a panel: word k to words[16 k]; a last word that the columns
/// do not fill is filled with zero.
template <class S>
inline void turn_row(const typename S::Element* row, int columns, uint32_t* words) {
  int k = 0;
  for (; k + S::kPair <= columns; k += S::kPair, words += kLanes) {
    std::memcpy(words, row + k, sizeof *words);
  }
  if (k == columns) return;
  typename S::Element last[S::kPair] = {row[k]};
  std::memcpy(words, last, sizeof *words);
}

/// Rows of elements as panels whose sum runs over the columns: (rows, columns) to panels of 16
/// rows. Rows: padded.
template <class S>
void turn(const void* x, int64_t stride, int rows, int columns, uint32_t* words, int64_t panel) {
  const auto* from = static_cast<const typename S::Element*>(x);
  for (int r = 0; r < rows; ++r) {
    turn_row<S>(from + r * stride, columns, words + r / kLanes * panel + r % kLanes);
  }
}

/// Some of a row of n float32 as elements, from column j on; behind its end zeros.
template <class S>
inline void row_elements(const float* row, int n, int j, typename S::Element* to) {
  if (j + kLanes <= n) {
    S::store_elements(to, S::load(row + j));
  } else {
    S::store_elements(to, j < n ? S::load_part(row + j, n - j) : S::zero());
  }
}

/// Weights (outputs, inputs) for the forward product: panels of 16 outputs; what is missing in the
/// last panel stays as it is, in the last word it is zero.
template <class S>
void pack_forward(const float* w, int outputs, int inputs, uint32_t* words) {
  const int64_t panel = static_cast<int64_t>((inputs + S::kPair - 1) / S::kPair) * kLanes;
  typename S::Element row[kLanes];
  for (int o = 0; o < outputs; ++o) {
    const float* from = w + static_cast<int64_t>(o) * inputs;
    uint32_t* to = words + o / kLanes * panel + o % kLanes;
    for (int j = 0; j < inputs; j += kLanes, to += kLanes / S::kPair * kLanes) {
      row_elements<S>(from, inputs, j, row);
      turn_row<S>(row, inputs - j < kLanes ? inputs - j : kLanes, to);
    }
  }
}

/// The same weights for the product backward: panels of 16 inputs, the sum over the outputs.
template <class S>
void pack_backward(const float* w, int outputs, int inputs, uint32_t* words) {
  const int64_t panel = static_cast<int64_t>((outputs + S::kPair - 1) / S::kPair) * kLanes;
  typename S::Element rows[S::kPair * kLanes];
  for (int o = 0; o < outputs; o += S::kPair) {
    for (int j = 0; j < inputs; j += kLanes) {
      for (int i = 0; i < S::kPair; ++i) {
        const float* from = w + static_cast<int64_t>(o + i) * inputs;
        row_elements<S>(from, o + i < outputs ? inputs : 0, j, rows + i * kLanes);
      }
      S::weave(rows, kLanes, words + j / kLanes * panel + o / S::kPair * kLanes);
    }
  }
}

/// A symmetric matrix of which the panels on and above the diagonal are known: the rest. n: padded.
template <class S>
void mirror(float* x, int64_t stride, int n) {
  for (int r = 0; r < n; r += kLanes) {
    for (int j = r + kLanes; j < n; j += kLanes) {
      for (int i = 0; i < kLanes; ++i) {
        const float* from = x + (r + i) * stride + j;
        float* to = x + j * stride + r + i;
        for (int k = 0; k < kLanes; ++k) to[k * stride] = from[k];
      }
    }
  }
}

/// Float32 to elements; columns: padded.
template <class S>
void to_elements(const float* x, int64_t stride, int rows, int columns, void* y, int64_t y_stride) {
  auto* to = static_cast<typename S::Element*>(y);
  for (int r = 0; r < rows; ++r) {
    for (int j = 0; j < columns; j += kLanes) {
      S::store_elements(to + r * y_stride + j, S::load(x + r * stride + j));
    }
  }
}

}  // namespace xinglin::train
