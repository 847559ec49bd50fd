/// Attention of one window, a head at a time, with its norms before and its gate behind.
///
/// Queries go in blocks; the scores of a block lie in a buffer of its own. What softmax takes to
/// the power of e is kept for the way back as elements, together with 1 / their sum a row: so
/// nothing is computed twice. Keys of the future, and those out of reach, cost a product for the
/// block at most, and add minus infinity by the bias.
#pragma once

#include <algorithm>
#include <cmath>

#include "train/exp.h"
#include "train/kept.h"
#include "train/norm.h"
#include "train/product.h"

namespace xinglin::train {

/// Memory handed out in order.
template <class S>
class Slices {
 public:
  explicit Slices(float* from) : next_(from) {}
  float* floats(int64_t n) {
    float* found = next_;
    next_ += padded(n);
    return found;
  }
  uint32_t* words(int64_t n) { return reinterpret_cast<uint32_t*>(floats(n)); }

 private:
  float* next_;
};

template <class S>
inline Left rows_of(const typename S::Element* x, int64_t stride) {
  return rows_left(x, stride / S::kPair);
}

/// A row of scores becomes powers of e as elements; returns 1 / their sum.
template <class S>
inline float softmax_row(float* scores, int from, int to, int end, const float* line, float scale,
                         typename S::Element* power) {
  using F = typename S::F;
  const F by = S::set(scale);
  F most = S::set(-INFINITY);
  for (int j = from; j < to; j += kLanes) {
    const F x = S::fma(S::load(scores + j), by, S::load(line + j));
    S::store(scores + j, x);
    most = S::max(most, x);
  }
  const F top = S::set(S::largest(most));
  F sum = S::zero();
  for (int j = from; j < to; j += kLanes) {
    const F x = exp_lanes<S>(S::sub(S::load(scores + j), top));
    sum = S::add(sum, x);
    S::store_elements(power + j, x);
  }
  for (int j = 0; j < from; j += kLanes) S::store_elements(power + j, S::zero());
  for (int j = to; j < end; j += kLanes) S::store_elements(power + j, S::zero());
  return 1.0F / S::sum(sum);
}

/// The values' sum of a row, times `inverse`, gated and normed.
template <class S, int V>
inline float gate_mixed(const Group<S, V>& group, const float* sum, float inverse,
                        const typename S::Element* gate, typename S::Element* mixed,
                        typename S::Element* y) {
  Lanes<S, V> lanes;
  for (int i = 0; i < group.count(); ++i) {
    lanes[i] = S::mul(group.load(sum, i), S::set(inverse));
    group.store_elements(mixed, i, lanes[i]);
    lanes[i] = S::mul(lanes[i], group.load_elements(gate, i));
  }
  const float scale = normalise<S, V>(group, lanes);
  for (int i = 0; i < group.count(); ++i) group.store_elements(y, i, lanes[i]);
  return scale;
}

template <class S>
void attend_forward(const Window& window, const Sizes& sizes, const AttendRows& kept,
                    float* scratch) {
  using Element = typename S::Element;
  const int head = sizes.head;
  const int t = window.rows;
  const int wide = padded(head);
  const int words = (head + S::kPair - 1) / S::kPair;
  const auto* n = static_cast<const Element*>(window.n);
  const int64_t head_powers = power_size(t, window.reach, t);
  const float root = 1.0F / std::sqrt(static_cast<float>(head));
  Slices<S> slices(scratch);
  uint32_t* keys = slices.words(static_cast<int64_t>(t) * words);
  uint32_t* values = slices.words(static_cast<int64_t>(t) * wide / S::kPair);
  float* scores = slices.floats(static_cast<int64_t>(kQueries) * t);
  float* sums = slices.floats(static_cast<int64_t>(kQueries) * wide);
  const int64_t key_panel = static_cast<int64_t>(words) * kLanes;
  const int64_t value_panel = static_cast<int64_t>(t) / S::kPair * kLanes;
  with_group<S>(head, [&](const auto& group) {
    constexpr int V = std::decay_t<decltype(group)>::kRegisters;
    for (int h = 0; h < sizes.heads; ++h) {
      const Element* key = n + h * head;
      const Element* query = key + sizes.width;
      const Element* value = query + sizes.width;
      const Element* gate = value + sizes.width;
      turn<S>(key, window.n_stride, t, head, keys, key_panel);
      weave<S>(value, window.n_stride, t, wide, values, value_panel);
      auto* powers = static_cast<Element*>(kept.power) + h * head_powers;
      for (int q = 0; q < t; q += kQueries) {
        const int end = std::min(q + kQueries, t);
        const int from = first_key(q, window.reach);
        const int span = end - from;
        const Right right = {keys + from / kLanes * key_panel, key_panel};
        multiply<S>(rows_of<S>(query + q * window.n_stride, window.n_stride), right, end - q,
                    span / kLanes, words, scores, span, false);
        for (int r = q; r < end; ++r) {
          const int low = first_key(r, window.reach) - from;
          const float* line = window.line + static_cast<int64_t>(h) * 2 * t + t - r + from;
          kept.inverse[r * sizes.heads + h] =
              softmax_row<S>(scores + (r - q) * span, low, padded(r + 1) - from, span, line, root,
                             powers + (r - q) * span);
        }
        const Right mix = {values + from / S::kPair * kLanes, value_panel};
        multiply<S>(rows_of<S>(powers, span), mix, end - q, wide / kLanes, span / S::kPair, sums,
                    wide, false);
        powers += static_cast<int64_t>(end - q) * span;
        for (int r = q; r < end; ++r) {
          const int64_t at = r * window.stride + h * head;
          kept.scale[r * sizes.heads + h] =
              gate_mixed<S, V>(group, sums + (r - q) * wide, kept.inverse[r * sizes.heads + h],
                               gate + r * window.n_stride, static_cast<Element*>(kept.mixed) + at,
                               static_cast<Element*>(kept.y) + at);
        }
      }
    }
  });
}

/// The gate and the norm behind the attention, backward. The gradient of the mixed values is
/// divided by the sum of the powers at once, so that the powers need not be.
template <class S, int V>
inline void ungate_mixed(const Group<S, V>& group, const Window& window, const Sizes& sizes,
                         const AttendRows& kept, int h, const float* d, typename S::Element* dz,
                         typename S::Element* slopes, int64_t slopes_stride, float* along) {
  using Element = typename S::Element;
  const int head = sizes.head;
  const int64_t gates = 3 * static_cast<int64_t>(sizes.width) + h * head;
  Lanes<S, V> slope;
  Lanes<S, V> other;
  Lanes<S, V> gate;
  for (int r = 0; r < window.rows; ++r) {
    const int64_t at = r * window.stride + h * head;
    const auto* mixed = static_cast<const Element*>(kept.mixed) + at;
    const auto* y = static_cast<const Element*>(kept.y) + at;
    const auto* n = static_cast<const Element*>(window.n) + r * window.n_stride + gates;
    for (int i = 0; i < group.count(); ++i) {
      slope[i] = group.load(d + at, i);
      other[i] = group.load_elements(y, i);
      gate[i] = group.load_elements(n, i);
    }
    const float sum = inner<S, V>(group, slope, other);
    unnormalise<S, V>(group, slope, other, sum, kept.scale[r * sizes.heads + h]);
    const float inverse = kept.inverse[r * sizes.heads + h];
    for (int i = 0; i < group.count(); ++i) {
      other[i] = S::mul(slope[i], group.load_elements(mixed, i));
      group.store_elements(slopes + r * slopes_stride, i,
                           S::mul(S::mul(slope[i], gate[i]), S::set(inverse)));
    }
    const float both = inner<S, V>(group, other, gate);
    along[r] = both * inverse;
    const float scale = window.n_scale[r * 4 * sizes.heads + 3 * sizes.heads + h];
    unnormalise<S, V>(group, other, gate, both, scale);
    for (int i = 0; i < group.count(); ++i) {
      group.store_elements(dz + r * window.n_stride + gates, i, other[i]);
    }
  }
}

/// Gradient `by` d of keys, queries or values of a head becomes that before their norm.
template <class S, int V>
inline void unnorm_part(const Group<S, V>& group, const Window& window, const Sizes& sizes,
                        int part, int h, const float* d, float by, typename S::Element* dz) {
  using Element = typename S::Element;
  const int64_t column = part * static_cast<int64_t>(sizes.width) + h * sizes.head;
  const int wide = padded(sizes.head);
  Lanes<S, V> slope;
  Lanes<S, V> normed;
  for (int r = 0; r < window.rows; ++r) {
    const auto* n = static_cast<const Element*>(window.n) + r * window.n_stride + column;
    for (int i = 0; i < group.count(); ++i) {
      slope[i] = S::mul(group.load(d + r * wide, i), S::set(by));
      normed[i] = group.load_elements(n, i);
    }
    const float along = inner<S, V>(group, slope, normed);
    const float scale = window.n_scale[(r * 4 + part) * sizes.heads + h];
    unnormalise<S, V>(group, slope, normed, along, scale);
    for (int i = 0; i < group.count(); ++i) {
      group.store_elements(dz + r * window.n_stride + column, i, slope[i]);
    }
  }
}

/// Gradients of a row's scores: power * (d - along), as elements, added to the bias's line. Rows
/// of one place in their sixteen share a line, so that all meet it at the same 16 lanes.
template <class S>
inline void score_slopes(const typename S::Element* power, const float* d, int from, int to,
                         int end, float along, typename S::Element* slopes, float* line) {
  using F = typename S::F;
  const F less = S::set(along);
  for (int j = from; j < to; j += kLanes) {
    const F x = S::mul(S::load_elements(power + j), S::sub(S::load(d + j), less));
    S::store_elements(slopes + j, x);
    S::store(line + j, S::add(S::load(line + j), x));
  }
  for (int j = 0; j < from; j += kLanes) S::store_elements(slopes + j, S::zero());
  for (int j = to; j < end; j += kLanes) S::store_elements(slopes + j, S::zero());
}

/// d: (rows, E) float32, the gradient of y; dz: (rows, 4E) elements, that before the norms; bias:
/// (H, C), added to.
template <class S>
void attend_backward(const Window& window, const Sizes& sizes, const AttendRows& kept,
                     const float* d, void* dz, float* bias, int context, float* scratch) {
  using Element = typename S::Element;
  const int head = sizes.head;
  const int t = window.rows;
  const int wide = padded(head);
  const int words = (head + S::kPair - 1) / S::kPair;
  const int64_t head_powers = power_size(t, window.reach, t);
  const auto* n = static_cast<const Element*>(window.n);
  const float root = 1.0F / std::sqrt(static_cast<float>(head));
  const int64_t value_panel = static_cast<int64_t>(words) * kLanes;
  const int64_t panel = static_cast<int64_t>(t) / S::kPair * kLanes;
  const int64_t woven = static_cast<int64_t>(t) * wide / S::kPair;
  Slices<S> slices(scratch);
  uint32_t* values = slices.words(static_cast<int64_t>(t) * words);
  uint32_t* keys = slices.words(woven);
  uint32_t* queries = slices.words(woven);
  uint32_t* slopes_woven = slices.words(woven);
  auto* slopes =
      reinterpret_cast<Element*>(slices.floats(static_cast<int64_t>(t) * wide / S::kPair));
  float* along = slices.floats(t);
  float* scores = slices.floats(static_cast<int64_t>(kQueries) * t);
  auto* score_elements =
      reinterpret_cast<Element*>(slices.floats(static_cast<int64_t>(kQueries) * t));
  float* grown = slices.floats(static_cast<int64_t>(t) * wide);
  uint32_t* powers_woven = slices.words(static_cast<int64_t>(t) * t / S::kPair);
  uint32_t* scores_woven = slices.words(static_cast<int64_t>(t) * t / S::kPair);
  const int line_size = t + kLanes;
  float* lines = slices.floats(static_cast<int64_t>(kLanes) * line_size);
  // A word may reach behind a head's last number: what it finds there meets a zero, and must be a
  // number.
  std::fill_n(slopes, static_cast<int64_t>(t) * wide, Element{});
  with_group<S>(head, [&](const auto& group) {
    constexpr int V = std::decay_t<decltype(group)>::kRegisters;
    for (int h = 0; h < sizes.heads; ++h) {
      const Element* key = n + h * head;
      const Element* query = key + sizes.width;
      const Element* value = query + sizes.width;
      auto* to = static_cast<Element*>(dz);
      ungate_mixed<S, V>(group, window, sizes, kept, h, d, to, slopes, wide, along);
      turn<S>(value, window.n_stride, t, head, values, value_panel);
      weave<S>(key, window.n_stride, t, wide, keys, panel);
      weave<S>(query, window.n_stride, t, wide, queries, panel);
      weave<S>(slopes, wide, t, wide, slopes_woven, panel);
      for (int64_t i = 0; i < static_cast<int64_t>(kLanes) * line_size; ++i) lines[i] = 0.0F;
      const auto* powers = static_cast<const Element*>(kept.power) + h * head_powers;
      for (int q = 0; q < t; q += kQueries) {
        const int end = std::min(q + kQueries, t);
        const int from = first_key(q, window.reach);
        const int span = end - from;
        const Right right = {values + from / kLanes * value_panel, value_panel};
        multiply<S>(rows_of<S>(slopes + q * wide, wide), right, end - q, span / kLanes, words,
                    scores, span, false);
        for (int r = q; r < end; ++r) {
          const int low = first_key(r, window.reach) - from;
          // Key s of query r lies at t + s - (r without its place in the sixteen).
          float* line = lines + r % kLanes * line_size + t - r / kLanes * kLanes + from;
          score_slopes<S>(powers + (r - q) * span, scores + (r - q) * span, low,
                          padded(r + 1) - from, span, along[r], score_elements + (r - q) * span,
                          line);
        }
        const Right mix = {keys + from / S::kPair * kLanes, panel};
        multiply<S>(rows_of<S>(score_elements, span), mix, end - q, wide / kLanes, span / S::kPair,
                    grown + q * wide, wide, false);
        const int64_t place = static_cast<int64_t>(q) / S::kPair * kLanes + from / kLanes * panel;
        weave<S>(score_elements, span, end - q, span, scores_woven + place, panel);
        weave<S>(powers, span, end - q, span, powers_woven + place, panel);
        powers += static_cast<int64_t>(end - q) * span;
      }
      unnorm_part<S, V>(group, window, sizes, 1, h, grown, root, to);
      const auto sum_over_queries = [&](const uint32_t* left, const uint32_t* right) {
        for (int s = 0; s < t; s += kLanes) {
          const int q = s / kQueries * kQueries;
          int stop = q;  // blocks of queries that hold this sixteen in their span
          while (stop < t && first_key(stop, window.reach) <= s)
            stop = std::min(stop + kQueries, t);
          const int64_t skip = static_cast<int64_t>(q) / S::kPair * kLanes;
          multiply<S>(woven_left(left + s / kLanes * panel + skip, panel),
                      Right{right + skip, panel}, kLanes, wide / kLanes, (stop - q) / S::kPair,
                      grown + s * wide, wide, false);
        }
      };
      sum_over_queries(scores_woven, queries);
      unnorm_part<S, V>(group, window, sizes, 0, h, grown, root, to);
      sum_over_queries(powers_woven, slopes_woven);
      unnorm_part<S, V>(group, window, sizes, 2, h, grown, 1.0F, to);
      // Distance 0 of a query at place p of its sixteen lies at t + p of line p.
      float* row = bias + static_cast<int64_t>(h) * context;
      const int most = std::min(window.reach, t);
      for (int p = 0; p < kLanes; ++p) {
        const float* line = lines + p * line_size + t + p;
        for (int distance = 0; distance < most && distance < t + p; ++distance) {
          row[distance] += line[-distance];
        }
      }
    }
  });
}

}  // namespace xinglin::train
