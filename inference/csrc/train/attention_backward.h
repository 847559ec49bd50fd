/// Attention of one window backward: from the gradient of what went on to that before its norms.
#pragma once

#include "train/attention.h"

namespace xinglin::train {

/// The gate and the norm behind the attention, backward. The gradient of the mixed values is
/// divided by the sum of the powers at once, so that the powers need not be.
template <class S, int V>
inline void ungate_mixed(const Group<S, V>& group, const Window& window, const Sizes& sizes,
                         const AttendRows& saved, int h, const float* d, typename S::Element* dz,
                         typename S::Element* slopes, int64_t slopes_stride, float* along) {
  using Element = typename S::Element;
  const int head = sizes.head;
  const int64_t gates = 3 * static_cast<int64_t>(sizes.width) + h * head;
  Lanes<S, V> slope;
  Lanes<S, V> other;
  Lanes<S, V> gate;
  for (int r = 0; r < window.rows; ++r) {
    const int64_t at = r * window.stride + h * head;
    const auto* mixed = static_cast<const Element*>(saved.mixed) + at;
    const auto* y = static_cast<const Element*>(saved.y) + at;
    const auto* n = static_cast<const Element*>(window.n) + r * window.n_stride + gates;
    for (int i = 0; i < group.count(); ++i) {
      slope[i] = group.load(d + at, i);
      other[i] = group.load_elements(y, i);
      gate[i] = group.load_elements(n, i);
    }
    const float sum = inner<S, V>(group, slope, other);
    unnormalise<S, V>(group, slope, other, sum, saved.scale[r * sizes.heads + h]);
    const float inverse = saved.inverse[r * sizes.heads + h];
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

/// Scratch space of one head's backward pass.
template <class S>
struct AttendScratch {
  using Element = typename S::Element;

  uint32_t* values;  // turned
  uint32_t* keys;    // woven, as all that follow
  uint32_t* queries;
  uint32_t* mixed_slopes;
  uint32_t* powers;
  uint32_t* score_slopes;
  Element* mixed_rows;  // (rows, wide): the gradient of the mixed values
  Element* score_rows;  // of a block's scores
  float* along;         // (rows,)
  float* scores;        // a block's
  float* grown;         // (rows, wide)
  float* lines;         // (16, rows + 16): gradient of the bias

  AttendScratch(float* memory, int t, int wide, int words) {
    Slices<S> slices(memory);
    const int64_t woven = static_cast<int64_t>(t) * wide / S::kPair;
    const int64_t square = static_cast<int64_t>(t) * t / S::kPair;
    const int64_t block = static_cast<int64_t>(kQueries) * t;
    values = slices.words(static_cast<int64_t>(t) * words);
    keys = slices.words(woven);
    queries = slices.words(woven);
    mixed_slopes = slices.words(woven);
    powers = slices.words(square);
    score_slopes = slices.words(square);
    mixed_rows = reinterpret_cast<Element*>(slices.floats(woven));
    score_rows = reinterpret_cast<Element*>(slices.floats(block));
    along = slices.floats(t);
    scores = slices.floats(block);
    grown = slices.floats(static_cast<int64_t>(t) * wide);
    lines = slices.floats(static_cast<int64_t>(kLanes) * (t + kLanes));
  }
};

/// Gradients of a block's scores, in rows and woven, and what they give the queries.
template <class S>
void slope_block(const Heads<S>& heads, const Block& block, const typename S::Element* powers,
                 const AttendScratch<S>& work) {
  const int t = heads.t;
  const int span = block.span;
  multiply<S>(rows_of<S>(work.mixed_rows + block.begin * heads.wide, heads.wide),
              {work.values + block.from / kLanes * heads.turned, heads.turned}, block.queries(),
              span / kLanes, heads.words, work.scores, span, false);
  for (int r = block.begin; r < block.end; ++r) {
    const int low = first_key(r, heads.window.reach) - block.from;
    // Key s of query r lies at t + s - (r without its place in the sixteen).
    float* line = work.lines + r % kLanes * (t + kLanes) + t - r / kLanes * kLanes + block.from;
    const int64_t at = static_cast<int64_t>(r - block.begin) * span;
    score_slopes<S>(powers + at, work.scores + at, low, padded(r + 1) - block.from, span,
                    work.along[r], work.score_rows + at, line);
  }
  multiply<S>(rows_of<S>(work.score_rows, span),
              {work.keys + block.from / S::kPair * kLanes, heads.woven}, block.queries(),
              heads.wide / kLanes, span / S::kPair, work.grown + block.begin * heads.wide,
              heads.wide, false);
  const int64_t place =
      static_cast<int64_t>(block.begin) / S::kPair * kLanes + block.from / kLanes * heads.woven;
  weave<S>(work.score_rows, span, block.queries(), span, work.score_slopes + place, heads.woven);
  weave<S>(powers, span, block.queries(), span, work.powers + place, heads.woven);
}

/// For each key, the sum over the queries that reach it: `left`, woven by keys, times `right`.
template <class S>
void sum_over_queries(const Heads<S>& heads, const uint32_t* left, const uint32_t* right,
                      float* grown) {
  for (int s = 0; s < heads.t; s += kLanes) {
    const int q = s / kQueries * kQueries;
    int stop = q;  // blocks of queries that hold this sixteen in their span
    while (stop < heads.t && first_key(stop, heads.window.reach) <= s) {
      stop = std::min(stop + kQueries, heads.t);
    }
    const int64_t skip = static_cast<int64_t>(q) / S::kPair * kLanes;
    multiply<S>(woven_left(left + s / kLanes * heads.woven + skip, heads.woven),
                {right + skip, heads.woven}, kLanes, heads.wide / kLanes, (stop - q) / S::kPair,
                grown + s * heads.wide, heads.wide, false);
  }
}

/// The lines of the sixteen places together: distance 0 of place p lies at t + p of line p.
template <class S>
void add_lines(const float* lines, int t, int reach, float* bias) {
  const int most = std::min(reach, t);
  for (int p = 0; p < kLanes; ++p, lines += t + kLanes) {
    for (int distance = 0; distance < most; ++distance) bias[distance] += lines[t + p - distance];
  }
}

template <class S, int V>
void attend_head_backward(const Group<S, V>& group, const Heads<S>& heads, int h,
                          const AttendRows& saved, const float* d, typename S::Element* dz,
                          float* bias, const AttendScratch<S>& work) {
  const Window& window = heads.window;
  const Sizes& sizes = heads.sizes;
  const int t = heads.t;
  const int wide = heads.wide;
  ungate_mixed<S, V>(group, window, sizes, saved, h, d, dz, work.mixed_rows, wide, work.along);
  turn<S>(heads.part(2, h), window.n_stride, t, heads.head, work.values, heads.turned);
  weave<S>(heads.part(0, h), window.n_stride, t, wide, work.keys, heads.woven);
  weave<S>(heads.part(1, h), window.n_stride, t, wide, work.queries, heads.woven);
  weave<S>(work.mixed_rows, wide, t, wide, work.mixed_slopes, heads.woven);
  std::fill_n(work.lines, static_cast<int64_t>(kLanes) * (t + kLanes), 0.0F);
  const auto* powers = static_cast<const typename S::Element*>(saved.power) + h * heads.powers;
  for (int q = 0; q < t; q += kQueries) {
    const Block block = block_at(q, window);
    slope_block<S>(heads, block, powers, work);
    powers += static_cast<int64_t>(block.queries()) * block.span;
  }
  unnorm_part<S, V>(group, window, sizes, 1, h, work.grown, heads.root, dz);
  sum_over_queries<S>(heads, work.score_slopes, work.queries, work.grown);
  unnorm_part<S, V>(group, window, sizes, 0, h, work.grown, heads.root, dz);
  sum_over_queries<S>(heads, work.powers, work.mixed_slopes, work.grown);
  unnorm_part<S, V>(group, window, sizes, 2, h, work.grown, 1.0F, dz);
  add_lines<S>(work.lines, t, window.reach, bias);
}

/// d: (rows, E) float32, the gradient of y; dz: (rows, 4E) elements, that before the norms; bias:
/// (H, C), added to.
template <class S>
void attend_backward(const Window& window, const Sizes& sizes, const AttendRows& saved,
                     const float* d, void* dz, float* bias, int context, float* scratch) {
  using Element = typename S::Element;
  const Heads<S> heads(window, sizes);
  const AttendScratch<S> work(scratch, heads.t, heads.wide, heads.words);
  // A word may reach behind a head's last number: what it finds there meets a zero, and must be a
  // number.
  std::fill_n(work.mixed_rows, static_cast<int64_t>(heads.t) * heads.wide, Element{});
  with_group<S>(sizes.head, [&](const auto& group) {
    for (int h = 0; h < sizes.heads; ++h) {
      attend_head_backward<S>(group, heads, h, saved, d, static_cast<Element*>(dz),
                              bias + static_cast<int64_t>(h) * context, work);
    }
  });
}

}  // namespace xinglin::train
