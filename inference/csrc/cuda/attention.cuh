/// Attention over the ring: y = softmax(q k / sqrt(r) + pe[distance]) v, a (row, head) pair each.
///
/// Scores are exact int8 products; the softmax is float32, its maximum taken off. Its weights, each
/// times the scale of its value, are rounded to 14 bits relative to the largest, so that the
/// weighted sum of the int8 values is exact, too, in two products of 7 bits. Scores of as many
/// pairs as fit stay in shared memory; nothing of them is ever written to the device's.
/// Reference: inference/reference/wygpt_int8.py.
#pragma once

#include "cuda/board.h"
#include "cuda/norm.cuh"
#include "cuda/quantize.cuh"

namespace xinglin::cuda {

/// The largest weight, of 14 bits.
constexpr float kWeightSteps = 16383.0F;
/// Bytes of a panel's weights: the high 7 bits of sixteen, then the low 7 bits.
constexpr int kWeightBytes = 2 * kLanes;

/// Where the pairs of a block find things.
struct AttentionView {
  const int8_t* query;  // (rows, H, depth)
  int query_stride;
  const float* query_scale;  // (rows, H), 1/sqrt(r) multiplied in
  const float* bias;         // (H, context) by distance
  const int32_t* reach;      // (H,)
  int context;
  int heads;
  float* scores;    // (pairs, reach of the shared plan)
  int8_t* weights;  // (pairs, twice that)
  int stride;
};

/// Keep one vector of r floats as int8 at place(i), zeros up to `depth`; sixteen lanes take it.
template <class T, class Place>
XL_DEVICE float keep_vector(const T& t, const float* x, int r, int depth, const Place& place) {
  const int lane = t.lane() % kLanes;
  float largest = 0.0F;
  for (int i = lane; i < r; i += kLanes) largest = Lane::max(largest, fabsf(x[i]));
  const Steps steps(largest_of(t, largest, kLanes));
  for (int i = lane; i < depth; i += kLanes) *place(i) = i < r ? steps(x[i]) : int8_t{0};
  return steps.scale;
}

/// Store keys and values of all rows and heads but those that have none to store, and quantize the
/// queries. z: (rows, 4E), normalised: keys, queries, values. view(row, head) is where a head's
/// keys and values are.
template <class T, class View>
XL_DEVICE void keep(const T& t, const Row* row_of, int rows, int heads, int r, const float* z,
                    int z_stride, int8_t* query, int query_stride, float* query_scale,
                    const View& view) {
  const float root = 1.0F / sqrtf(static_cast<float>(r));
  const int width = heads * r;
  for_groups(t, rows, heads * 3, [&](int row, int group, bool active) {
    const int head = group / 3;
    const int part = group % 3;
    const float* x = z + row * z_stride + part * width + head * r;
    const HeadView kept = view(row, head);
    const int slot = kept.slot(row_of[row].position);
    int8_t* q = query + row * query_stride + head * kept.depth;
    const auto place = [&](int i) {
      if (part == 0) return kept.key + kept.key_index(slot, i);
      return part == 1 ? q + i : kept.value + kept.value_index(slot, i);
    };
    const bool stores = part == 1 || !(row_of[row].blank || row_of[row].replayed);
    const bool writes = active && stores;
    const float scale = keep_vector(t, x, active ? r : 0, writes ? kept.depth : 0, place);
    if (!writes || t.lane() % kLanes != 0) return;
    if (part == 0) kept.key_scale[slot] = scale;
    if (part == 1) query_scale[row * heads + head] = root * scale;
    if (part == 2) kept.value_scale[slot] = scale;
  });
}

/// Fill in what a pair looks at.
XL_HD inline void begin_pair(Pair& pair, int row, int head, int64_t position, int reach) {
  pair.row = row;
  pair.head = head;
  pair.newest = position;
  pair.oldest = position - reach + 1 > 0 ? position - reach + 1 : 0;
  pair.first = pair.oldest / kLanes * kLanes;
  pair.count = static_cast<int>(position / kLanes * kLanes + kLanes - pair.first);
}

/// Hand out the positions of all pairs, a panel to each half-warp:
/// body(pair, index within the pair, position), lanes side by side, no collective inside.
template <class T, class Body>
XL_DEVICE void for_positions(const T& t, const Pair* pairs, int count, int most, const Body& body) {
  const int panels = most / kLanes;
  const int halves = t.count() / kLanes;
  for (int task = t.index() / kLanes; task < count * panels; task += halves) {
    const int pair = task / panels;
    const int i = task % panels * kLanes + t.lane() % kLanes;
    if (i < pairs[pair].count) body(pair, i, pairs[pair].first + i);
  }
}

/// A sum of exact products to the score of one position.
XL_DEVICE inline float score_of(const AttentionView& a, const Pair& pair, const HeadView& head,
                                int64_t position) {
  if (position < pair.oldest || position > pair.newest) return -INFINITY;
  const int slot = head.slot(position);
  const int8_t* query = a.query + pair.row * a.query_stride + pair.head * head.depth;
  int32_t sum = 0;
  for (int i = 0; i < head.depth; i += 16) {
    sum = dot16(load_sixteen(head.key + head.key_index(slot, i)), load_sixteen(query + i), sum);
  }
  const float step = a.query_scale[pair.row * a.heads + pair.head] * head.key_scale[slot];
  return static_cast<float>(sum) * step +
         a.bias[pair.head * a.context + static_cast<int>(pair.newest - position)];
}

/// What power means as a weight. Where it is zero nothing may be in the slot, not even a number.
XL_DEVICE inline float weight_of(float power, const HeadView& head, int64_t position) {
  return power > 0.0F ? power * head.value_scale[head.slot(position)] : 0.0F;
}

/// The maximum of a pair's scores; a warp takes it.
template <class T>
XL_DEVICE void find_maximum(const T& t, Pair& pair, const float* scores) {
  float largest = -INFINITY;
  for (int i = t.lane(); i < pair.count; i += 32) largest = Lane::max(largest, scores[i]);
  largest = largest_of(t, largest, 32);
  if (t.lane() == 0) pair.maximum = largest;
}

/// The sum of a pair's powers, and its largest weight; sixteen lanes take it, n = 0 for none.
template <class T>
XL_DEVICE void find_unit(const T& t, Pair& pair, const float* powers, const HeadView& head, int n) {
  const int lane = t.lane() % kLanes;
  float sum = 0.0F;
  float largest = 0.0F;
  for (int i = lane; i < n; i += kLanes) {
    sum = sum + powers[i];
    largest = Lane::max(largest, weight_of(powers[i], head, pair.first + i));
  }
  const float total = sum_of(t, sum);
  const float most = largest_of(t, largest, kLanes);
  if (n == 0 || lane != 0) return;
  const bool nothing = !(most >= kSmallestMagnitude);
  pair.inverse = nothing ? 0.0F : kWeightSteps / most;
  pair.unit = nothing ? 0.0F : most / kWeightSteps / total;
}

/// y[column ...] of sixteen columns: the lanes are columns, the two halves take every other panel.
template <class T>
XL_DEVICE void mix_columns(const T& t, const Pair& pair, const HeadView& head, int column,
                           const int8_t* weights, float* y, int r) {
  const int lane = t.lane() % kLanes;
  int32_t high = 0;
  int32_t low = 0;
  for (int i = t.lane() / kLanes * kLanes; i < pair.count; i += 2 * kLanes) {
    const int slot = head.slot(pair.first + i);
    const Sixteen value = load_sixteen(head.value + head.value_index(slot, column + lane));
    const int8_t* weight = weights + i * 2;
    high = dot16(value, load_sixteen(weight), high);
    low = dot16(value, load_sixteen(weight + kLanes), low);
  }
  high += t.swap(high, kLanes);
  low += t.swap(low, kLanes);
  if (t.lane() < kLanes && column + lane < r) {
    y[column + lane] = (static_cast<float>(high) * 128.0F + static_cast<float>(low)) * pair.unit;
  }
}

/// The pairs of `first` to `first + count`: y, (rows, E), gets their heads' columns. Keys, values
/// and queries were written before a barrier; one is needed after. view(row, head) as in `keep`.
template <class T, class View>
XL_DEVICE void attend_pairs(const T& t, const AttentionView& a, const Row* row_of, Pair* pairs,
                            int first, int count, int r, float* y, int y_stride, const View& view) {
  for (int i = t.index(); i < count; i += t.count()) {
    const int row = (first + i) / a.heads;
    const int head = (first + i) % a.heads;
    begin_pair(pairs[i], row, head, row_of[row].position, a.reach[head]);
  }
  t.sync();
  int most = 0;
  for (int i = 0; i < count; ++i) most = pairs[i].count > most ? pairs[i].count : most;
  const auto head_of = [&](int i) { return view(pairs[i].row, pairs[i].head); };

  for_positions(t, pairs, count, most, [&](int pair, int i, int64_t position) {
    a.scores[pair * a.stride + i] = score_of(a, pairs[pair], head_of(pair), position);
  });
  t.sync();
  for (int i = t.warp(); i < count; i += t.warps()) {
    find_maximum(t, pairs[i], a.scores + i * a.stride);
  }
  t.sync();
  for_positions(t, pairs, count, most, [&](int pair, int i, int64_t) {
    float& score = a.scores[pair * a.stride + i];
    score = exp_of(score - pairs[pair].maximum);
  });
  t.sync();
  for_groups(t, count, 1, [&](int pair, int, bool active) {
    find_unit(t, pairs[pair], a.scores + pair * a.stride, head_of(pair),
              active ? pairs[pair].count : 0);
  });
  t.sync();
  for_positions(t, pairs, count, most, [&](int pair, int i, int64_t position) {
    const float weight = weight_of(a.scores[pair * a.stride + i], head_of(pair), position);
    const int32_t whole = Lane::to_int(weight * pairs[pair].inverse);
    int8_t* out = a.weights + pair * a.stride * 2 + i / kLanes * kWeightBytes + i % kLanes;
    out[0] = static_cast<int8_t>(whole >> 7);
    out[kLanes] = static_cast<int8_t>(whole & 127);
  });
  t.sync();
  const int columns = padded(r, kLanes) / kLanes;
  for (int task = t.warp(); task < count * columns; task += t.warps()) {
    const Pair& pair = pairs[task / columns];
    mix_columns(t, pair, head_of(task / columns), task % columns * kLanes,
                a.weights + task / columns * a.stride * 2, y + pair.row * y_stride + pair.head * r,
                r);
  }
}

}  // namespace xinglin::cuda
