/// One head's attention over the ring: y = softmax(q k / sqrt(r) + pe[distance]) v.
///
/// Scores are exact int8 products, 16 positions in the lanes; the softmax is float32, its maximum
/// taken off. Its weights, each times the scale of its value, are rounded to 14 bits relative to
/// the largest, so that the weighted sum of the int8 values is exact, too: two products of 7 bits,
/// which never saturate. Positions outside the context have a bias of minus infinity, hence a
/// weight of exactly 0: no branch looks at the edges.
/// Reference: inference/reference/wygpt_int8.py.
#pragma once

#include "cpu/exp.h"
#include "cpu/linear.h"
#include "cpu/norm.h"

namespace xinglin::cpu {

/// The largest weight, of 14 bits.
constexpr float kWeightSteps = 16383.0F;
/// Bytes of 16 columns of one panel's values.
constexpr int kColumnBytes = kLanes * kLanes;

/// Keep one position's key and value, (r,) floats each, in its slot. `key` and `value` have zeros
/// behind them up to a multiple of 16.
template <class S>
inline void store_position(const HeadView& head, int64_t position, const float* key,
                           const float* value) {
  const KeptPanel panel = head.panel(position / kLanes % head.panels);
  const int lane = static_cast<int>(position % kLanes);
  alignas(64) int8_t q[kLanes];
  const int padded = head.value_width;
  const float largest = largest_magnitude<S>(key, padded);
  const bool nothing = !(largest >= kSmallestMagnitude);
  const typename S::F inverse = S::set(nothing ? 0.0F : 127.0F / largest);
  int32_t sum = 0;
  for (int i = 0; i < padded; i += kLanes) {
    S::store_int8(q, S::to_int(S::mul(S::load(key + i), inverse)));
    for (int k = 0; k < kLanes / kDeep && i / kDeep + k < head.deep; ++k) {
      const size_t at =
          static_cast<size_t>(i / kDeep + k) * kPanelStep + static_cast<size_t>(lane) * kDeep;
      __builtin_memcpy(panel.key + at, q + k * kDeep, kDeep);
    }
    for (int k = 0; k < kLanes; ++k) sum += q[k];
  }
  panel.key_scale[lane] = nothing ? 0.0F : largest / 127.0F;
  panel.key_unoffset[lane] = -128 * sum;
  alignas(64) int8_t row[kMaxHeadWidth];
  panel.value_scale[lane] =
      quantize_row<S>(value, padded, largest_magnitude<S>(value, padded), row);
  int8_t* values = panel.value + lane / kDeep * 64 + lane % kDeep;
  for (int i = 0; i < padded; ++i) {
    values[static_cast<size_t>(i / kLanes) * kColumnBytes +
           static_cast<size_t>(i % kLanes) * kDeep] = row[i];
  }
}

/// scores[r][16 i ...] for the panels first..last of positions, and each row's maximum.
template <class S, int R>
inline void score_panels(const HeadView& head, const QueryView& query, const float* bias,
                         int64_t first, int64_t last, float* scores, size_t stride,
                         float (&maximum)[R]) {
  using F = typename S::F;
  F scale[R];
  F largest[R];
  for (int r = 0; r < R; ++r) {
    scale[r] = S::set(query.scale[static_cast<size_t>(r) * query.scale_stride]);
    largest[r] = S::set(-__builtin_inff());
  }
  int panel = static_cast<int>(first % head.panels);
  for (int64_t i = 0; i <= last - first; ++i) {
    const KeptPanel kept = head.panel(panel);
    typename S::I sum[R][1];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      sum[r][0] = S::kOffset ? S::load_int(kept.key_unoffset) : S::zero_int();
    }
    dot_tile<S, R, 1>(query.q, query.stride, PanelView(kept.key, kPanelStep), head.deep, sum);
    const F key_scale = S::load(kept.key_scale);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      // bias points at distance 0 of the first row; the distance falls by one a position.
      const int64_t back = (first + i) * kLanes - (query.first + r);
      const F score =
          S::add(S::mul(S::to_float(sum[r][0]), S::mul(scale[r], key_scale)), S::load(bias + back));
      largest[r] = S::max(largest[r], score);
      S::store(scores + static_cast<size_t>(r) * stride + static_cast<size_t>(i) * kLanes, score);
    }
    panel = panel + 1 == head.panels ? 0 : panel + 1;
  }
  for (int r = 0; r < R; ++r) maximum[r] = S::largest(largest[r]);
}

/// Scores to weights, in place: of each 64 bytes (16 scores) the first 16 become the high 7 bits of
/// the weights and the next 16 the low 7 bits. Returns what one unit of the weights is worth.
template <class S>
inline float weigh_panels(const HeadView& head, int64_t first, int64_t last, float maximum,
                          float* scores) {
  using F = typename S::F;
  const F top = S::set(maximum);
  F sum = S::zero();
  F largest = S::zero();
  int panel = static_cast<int>(first % head.panels);
  for (int64_t i = 0; i <= last - first; ++i) {
    const F power = exp_lanes<S>(S::sub(S::load(scores + i * kLanes), top));
    const F weight = S::mul(power, S::load(head.panel(panel).value_scale));
    sum = S::add(sum, power);
    largest = S::max(largest, weight);
    S::store(scores + i * kLanes, weight);
    panel = panel + 1 == head.panels ? 0 : panel + 1;
  }
  const float most = S::largest(largest);
  const bool nothing = !(most >= kSmallestMagnitude);
  const F inverse = S::set(nothing ? 0.0F : kWeightSteps / most);
  for (int64_t i = 0; i <= last - first; ++i) {
    const typename S::I weight = S::to_int(S::mul(S::load(scores + i * kLanes), inverse));
    int8_t* out = reinterpret_cast<int8_t*>(scores + i * kLanes);
    S::store_int8(out, S::high_bits(weight));
    S::store_int8(out + kLanes, S::low_bits(weight));
  }
  return nothing ? 0.0F : most / kWeightSteps / S::sum(sum);
}

/// y[column ...] = unit * sum over positions of weight * value, V vectors of columns at a time.
template <class S, int V>
inline void mix_columns(const HeadView& head, int column, int64_t first, int64_t last,
                        const float* weights, float unit, float* y) {
  typename S::I high[V];
  typename S::I low[V];
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) high[v] = low[v] = S::zero_int();
  const int8_t* weight = reinterpret_cast<const int8_t*>(weights);
  int panel = static_cast<int>(first % head.panels);
  for (int64_t i = 0; i <= last - first; ++i, weight += kLanes * sizeof(float)) {
    const int8_t* values =
        head.panel(panel).value + static_cast<size_t>(column / kLanes) * kColumnBytes;
    for (int k = 0; k < kLanes / kDeep; ++k) {
      const typename S::P four_high = S::load_four_positive(weight + k * kDeep);
      const typename S::P four_low = S::load_four_positive(weight + kLanes + k * kDeep);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        const typename S::W value = S::load_weights(values + v * kColumnBytes + k * 64);
        high[v] = S::dot_positive(high[v], value, four_high);
        low[v] = S::dot_positive(low[v], value, four_low);
      }
    }
    panel = panel + 1 == head.panels ? 0 : panel + 1;
  }
  const typename S::F step = S::set(unit);
  const typename S::F radix = S::set(128.0F);
#pragma GCC unroll 4
  for (int v = 0; v < V; ++v) {
    const typename S::F sum = S::add(S::mul(S::to_float(high[v]), radix), S::to_float(low[v]));
    S::store(y + column + v * kLanes, S::mul(sum, step));
  }
}

template <class S>
inline void mix_values(const HeadView& head, int64_t first, int64_t last, const float* weights,
                       float unit, float* y) {
  int column = 0;
  for (; column + 3 * kLanes <= head.value_width; column += 3 * kLanes) {
    mix_columns<S, 3>(head, column, first, last, weights, unit, y);
  }
  if (head.value_width - column == 2 * kLanes) {
    mix_columns<S, 2>(head, column, first, last, weights, unit, y);
  } else if (head.value_width - column == kLanes) {
    mix_columns<S, 1>(head, column, first, last, weights, unit, y);
  }
}

template <class S, int R>
inline void attend_rows(const HeadView& head, const QueryView& query, const float* bias,
                        int context, float* scores, size_t stride, float* y, size_t y_stride) {
  const int64_t oldest = query.first - context + 1;
  const int64_t first = (oldest > 0 ? oldest : 0) / kLanes;
  const int64_t last = (query.first + R - 1) / kLanes;
  float maximum[R];
  score_panels<S, R>(head, query, bias, first, last, scores, stride, maximum);
  for (int r = 0; r < R; ++r) {
    float* row = scores + static_cast<size_t>(r) * stride;
    const float unit = weigh_panels<S>(head, first, last, maximum[r], row);
    mix_values<S>(head, first, last, row, unit, y + static_cast<size_t>(r) * y_stride);
  }
}

/// y: (rows, value_width) of 1 to 4 consecutive positions whose keys and values are stored.
/// bias[-d] is the bias of distance d, kBiasPad readable minus infinities beyond both ends;
/// scores: scratch of 4 rows, `stride` apart, context + 32 floats each at least.
template <class S>
void attend(const HeadView& head, const QueryView& query, const float* bias, int context,
            float* scores, size_t stride, float* y, size_t y_stride) {
  switch (query.rows) {
    case 1:
      attend_rows<S, 1>(head, query, bias, context, scores, stride, y, y_stride);
      break;
    case 2:
      attend_rows<S, 2>(head, query, bias, context, scores, stride, y, y_stride);
      break;
    case 3:
      attend_rows<S, 3>(head, query, bias, context, scores, stride, y, y_stride);
      break;
    default:
      attend_rows<S, 4>(head, query, bias, context, scores, stride, y, y_stride);
      break;
  }
}

/// Store keys and values, (rows of one head, consecutive positions), and quantize the queries.
/// key, query and value rows are `stride` apart; r of their numbers count. 1/sqrt(r) goes into the
/// queries' scales.
template <class S>
void keep(const HeadView& head, int64_t first, int rows, int r, const float* key,
          const float* query, const float* value, size_t stride, int8_t* q, size_t q_stride,
          float* q_scale, size_t q_scale_stride) {
  const float root = 1.0F / __builtin_sqrtf(static_cast<float>(r));
  float padded[3][kMaxHeadWidth];
  const size_t bytes = static_cast<size_t>(r) * sizeof(float);
  for (int i = 0; i < 3; ++i) {
    for (int j = r; j < head.value_width; ++j) padded[i][j] = 0.0F;
  }
  for (int row = 0; row < rows; ++row) {
    const size_t at = static_cast<size_t>(row) * stride;
    __builtin_memcpy(padded[0], key + at, bytes);
    __builtin_memcpy(padded[1], query + at, bytes);
    __builtin_memcpy(padded[2], value + at, bytes);
    store_position<S>(head, first + row, padded[0], padded[2]);
    q_scale[static_cast<size_t>(row) * q_scale_stride] =
        root *
        quantize_encoded<S>(padded[1], head.value_width, q + static_cast<size_t>(row) * q_stride);
  }
}

}  // namespace xinglin::cpu
