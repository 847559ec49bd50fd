/// Attention of one window, a head at a time, with its norms before and its gate behind.
///
/// Queries go in blocks; the scores of a block lie in a buffer of its own. What softmax takes to
/// the power of e is saved for the backward pass as elements, together with 1 / their sum a row: so
/// nothing is computed twice. Keys of the future, and those out of reach, cost a product for the
/// block at most, and add minus infinity by the bias.
#pragma once

#include <algorithm>
#include <cmath>

#include "common/exp.h"
#include "train/norm.h"
#include "train/product.h"
#include "train/saved.h"

namespace xinglin::train {

/// Memory handed out in order.
template <class S>
class Slices {
 public:
  explicit Slices(float* from) : next_(from) {}
  float* floats(int64_t n) {
    float* begin = next_;
    next_ += padded(n);
    return begin;
  }
  uint32_t* words(int64_t n) { return reinterpret_cast<uint32_t*>(floats(n)); }

 private:
  float* next_;
};

template <class S>
inline Left rows_of(const typename S::Element* x, int64_t stride) {
  return rows_left(x, stride / S::kPair);
}

/// Sizes and places of one window's heads.
template <class S>
struct Heads {
  using Element = typename S::Element;

  const Window& window;
  const Sizes& sizes;
  int t;           // steps
  int head;        // numbers of a head
  int wide;        // padded
  int words;       // of a head's row
  int64_t turned;  // words of a panel of 16 steps, the sum over a head's numbers
  int64_t woven;   // words of a panel of 16 numbers, the sum over the steps
  int64_t powers;  // of a head
  float root;      // what scores are multiplied by

  Heads(const Window& w, const Sizes& s)
      : window(w),
        sizes(s),
        t(w.rows),
        head(s.head),
        wide(padded(s.head)),
        words((s.head + S::kPair - 1) / S::kPair),
        turned(static_cast<int64_t>(words) * kLanes),
        woven(static_cast<int64_t>(w.rows) / S::kPair * kLanes),
        powers(power_size(w.rows, w.reach, w.rows)),
        root(1.0F / std::sqrt(static_cast<float>(s.head))) {}

  /// Keys, queries, values or gates (part 0 to 3) of head h.
  const Element* part(int number, int h) const {
    return static_cast<const Element*>(window.n) + number * sizes.width + h * head;
  }
};

/// Some queries, and the keys that any of them reaches.
struct Block {
  int begin, end;
  int from;  // the first key
  int span;  // keys: from the first one to the last query

  int queries() const { return end - begin; }
};

static inline Block block_at(int begin, const Window& window) {
  const int end = std::min(begin + kQueries, window.rows);
  const int from = first_key(begin, window.reach);
  return {begin, end, from, end - from};
}

/// A row of scores becomes powers of e as elements; returns 1 / their sum.
template <class S>
inline float softmax_row(float* scores, int from, int to, int end, const float* line, float scale,
                         typename S::Element* power) {
  using F = typename S::F;
  const F by = S::set(scale);
  F most = S::set(-INFINITY);
  for (int j = from; j < to; j += kLanes) {
    const F x = S::multiply_add(S::load(scores + j), by, S::load(line + j));
    S::store(scores + j, x);
    most = S::max(most, x);
  }
  const F top = S::set(S::largest(most));
  F sum = S::zero();
  for (int j = from; j < to; j += kLanes) {
    const F x = exp_or_tiny<S>(S::sub(S::load(scores + j), top));
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

/// Scores of a block's queries become powers of e, and their sums' inverses.
template <class S>
void softmax_block(const Heads<S>& heads, int h, const Block& block, float* scores,
                   typename S::Element* powers, float* inverse) {
  const Window& window = heads.window;
  for (int r = block.begin; r < block.end; ++r) {
    const int low = first_key(r, window.reach) - block.from;
    const float* line =
        window.line + static_cast<int64_t>(h) * 2 * heads.t + heads.t - r + block.from;
    const int64_t at = static_cast<int64_t>(r - block.begin) * block.span;
    inverse[r * heads.sizes.heads + h] = softmax_row<S>(
        scores + at, low, padded(r + 1) - block.from, block.span, line, heads.root, powers + at);
  }
}

/// One head's attention, gated and normed.
template <class S, int V>
void attend_head(const Group<S, V>& group, const Heads<S>& heads, int h, const AttendRows& saved,
                 float* scratch) {
  using Element = typename S::Element;
  const Window& window = heads.window;
  const int count = heads.sizes.heads;
  Slices<S> slices(scratch);
  uint32_t* keys = slices.words(static_cast<int64_t>(heads.t) * heads.words);
  uint32_t* values = slices.words(static_cast<int64_t>(heads.t) * heads.wide / S::kPair);
  float* scores = slices.floats(static_cast<int64_t>(kQueries) * heads.t);
  float* sums = slices.floats(static_cast<int64_t>(kQueries) * heads.wide);
  turn<S>(heads.part(0, h), window.n_stride, heads.t, heads.head, keys, heads.turned);
  weave<S>(heads.part(2, h), window.n_stride, heads.t, heads.wide, values, heads.woven);
  auto* powers = static_cast<Element*>(saved.power) + h * heads.powers;
  for (int q = 0; q < heads.t; q += kQueries) {
    const Block block = block_at(q, window);
    const Element* query = heads.part(1, h) + q * window.n_stride;
    multiply<S>(rows_of<S>(query, window.n_stride),
                {keys + block.from / kLanes * heads.turned, heads.turned}, block.queries(),
                block.span / kLanes, heads.words, scores, block.span, false);
    softmax_block<S>(heads, h, block, scores, powers, saved.inverse);
    multiply<S>(rows_of<S>(powers, block.span),
                {values + block.from / S::kPair * kLanes, heads.woven}, block.queries(),
                heads.wide / kLanes, block.span / S::kPair, sums, heads.wide, false);
    powers += static_cast<int64_t>(block.queries()) * block.span;
    for (int r = q; r < block.end; ++r) {
      const int64_t at = r * window.stride + h * heads.head;
      saved.scale[r * count + h] = gate_mixed<S, V>(
          group, sums + (r - q) * heads.wide, saved.inverse[r * count + h],
          heads.part(3, h) + r * window.n_stride, static_cast<Element*>(saved.mixed) + at,
          static_cast<Element*>(saved.y) + at);
    }
  }
}

template <class S>
void attend_forward(const Window& window, const Sizes& sizes, const AttendRows& saved,
                    float* scratch) {
  const Heads<S> heads(window, sizes);
  with_group<S>(sizes.head, [&](const auto& group) {
    for (int h = 0; h < sizes.heads; ++h) attend_head<S>(group, heads, h, saved, scratch);
  });
}

}  // namespace xinglin::train
