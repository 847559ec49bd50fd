/// A part of a row in registers, and the norm of it forward and backward.
///
/// n = (x - mean) * scale with scale = 1 / sqrt(variance + epsilon). Backward, from the gradient d
/// of n: scale * (d - mean(d) - n * mean(d * n)); so n and scale are all that is saved.
#pragma once

#include <cmath>
#include <type_traits>

#include "train/layout.h"

namespace xinglin::train {

/// The numbers of a group: V registers of 16, or, where V is 0, any number of numbers.
template <class S, int V>
struct Group {
  using F = typename S::F;
  using Element = typename S::Element;

  static constexpr int kRegisters = V;

  int size;
  float inverse;  // 1 / size

  explicit Group(int n) : size(n), inverse(1.0F / static_cast<float>(n)) {}

  int full() const { return V ? V : size / kLanes; }
  int rest() const { return V ? 0 : size % kLanes; }
  F load(const float* p, int i) const {
    return V || i < full() ? S::load(p + i * kLanes) : S::load_part(p + i * kLanes, rest());
  }
  F load_elements(const Element* p, int i) const {
    return V || i < full() ? S::load_elements(p + i * kLanes)
                           : S::load_elements_part(p + i * kLanes, rest());
  }
  void store(float* p, int i, const F& f) const {
    if (V || i < full()) {
      S::store(p + i * kLanes, f);
    } else {
      S::store_part(p + i * kLanes, rest(), f);
    }
  }
  void store_elements(Element* p, int i, const F& f) const {
    if (V || i < full()) {
      S::store_elements(p + i * kLanes, f);
    } else {
      S::store_elements_part(p + i * kLanes, rest(), f);
    }
  }
  /// f, zero where the group has ended.
  F inside(const F& f, int i) const { return V || i < full() ? f : S::first(f, rest()); }
  int count() const { return V ? V : full() + (rest() ? 1 : 0); }
};

/// The most registers that a group of any size takes.
constexpr int kMostRegisters = 256;

template <class S, int V>
using Lanes = typename S::F[V ? V : kMostRegisters];

/// x becomes its norm; returns the scale.
template <class S, int V>
inline float normalise(const Group<S, V>& group, typename S::F* x) {
  using F = typename S::F;
  F sum = S::zero();
  for (int i = 0; i < group.count(); ++i) sum = S::add(sum, x[i]);
  const F mean = S::set(S::sum(sum) * group.inverse);
  F square = S::zero();
  for (int i = 0; i < group.count(); ++i) {
    x[i] = group.inside(S::sub(x[i], mean), i);
    square = S::multiply_add(x[i], x[i], square);
  }
  const float scale = 1.0F / std::sqrt(S::sum(square) * group.inverse + kVarianceFloor);
  const F by = S::set(scale);
  for (int i = 0; i < group.count(); ++i) x[i] = S::mul(x[i], by);
  return scale;
}

/// d, the gradient of the norm n, becomes the gradient of what was normalised; `along` is
/// sum(d * n).
template <class S, int V>
inline void unnormalise(const Group<S, V>& group, typename S::F* d, const typename S::F* n,
                        float along, float scale) {
  using F = typename S::F;
  F sum = S::zero();
  for (int i = 0; i < group.count(); ++i) sum = S::add(sum, d[i]);
  const F by = S::set(scale);
  const F mean = S::set(-S::sum(sum) * group.inverse * scale);
  const F slope = S::set(-along * group.inverse * scale);
  for (int i = 0; i < group.count(); ++i) {
    d[i] = group.inside(S::multiply_add(n[i], slope, S::multiply_add(d[i], by, mean)), i);
  }
}

template <class S, int V>
inline float inner(const Group<S, V>& group, const typename S::F* a, const typename S::F* b) {
  typename S::F sum = S::zero();
  for (int i = 0; i < group.count(); ++i) sum = S::multiply_add(a[i], b[i], sum);
  return S::sum(sum);
}

/// Calls function(Group<S, V>) with V fit for groups of `size`.
template <class S, class Function>
inline void with_group(int size, const Function& function) {
  switch (size) {
    case 16:
      return function(Group<S, 1>(size));
    case 32:
      return function(Group<S, 2>(size));
    case 48:
      return function(Group<S, 3>(size));
    case 64:
      return function(Group<S, 4>(size));
    case 192:
      return function(Group<S, 12>(size));
    default:
      return function(Group<S, 0>(size));
  }
}

/// Norm of each head of each of `parts` parts of E numbers: z to elements n and a scale each,
/// (rows, parts H).
template <class S>
void norm_parts(const float* z, int64_t stride, int rows, const Sizes& sizes, int parts, void* n,
                int64_t n_stride, float* scale) {
  with_group<S>(sizes.head, [&](const auto& group) {
    using Element = typename S::Element;
    constexpr int V = std::decay_t<decltype(group)>::kRegisters;
    Lanes<S, V> lanes;
    const int groups = parts * sizes.heads;
    for (int r = 0; r < rows; ++r) {
      for (int g = 0; g < groups; ++g) {
        const float* from = z + r * stride + g * sizes.head;
        auto* to = static_cast<Element*>(n) + r * n_stride + g * sizes.head;
        for (int i = 0; i < group.count(); ++i) lanes[i] = group.load(from, i);
        scale[r * groups + g] = normalise<S, V>(group, lanes);
        for (int i = 0; i < group.count(); ++i) group.store_elements(to, i, lanes[i]);
      }
    }
  });
}

/// Keys and values of some rows of z (rows, 4E) are mixed with those of the row before: what they
/// were is saved as elements (rows, 2E), and the last row's in `before` (2E), which holds that of
/// the row before the first at the call. mix: (2, E).
template <class S>
void mix_rows(float* z, int64_t stride, int rows, int width, const float* mix, float* before,
              void* raw, int64_t raw_stride) {
  const Group<S, 0> group(width);
  for (int part = 0; part < 2; ++part) {
    for (int i = 0; i < group.count(); ++i) {
      const int column = part * width;
      const typename S::F by = group.load(mix + column, i);
      typename S::F last = group.load(before + column, i);
      for (int r = 0; r < rows; ++r) {
        float* at = z + r * stride + 2 * column;
        const typename S::F now = group.load(at, i);
        auto* to = static_cast<typename S::Element*>(raw) + r * raw_stride + column;
        group.store_elements(to, i, now);
        group.store(at, i, S::multiply_add(by, last, now));
        last = now;
      }
      group.store(before + column, i, last);
    }
  }
}

/// The backward pass of all rows of a window: d (rows, 4E) elements; the gradient of mix is added
/// to `slopes` (2, E).
template <class S>
void unmix_rows(void* d, int64_t stride, int rows, int width, const float* mix, const void* raw,
                int64_t raw_stride, float* slopes) {
  using F = typename S::F;
  const Group<S, 0> group(width);
  for (int part = 0; part < 2; ++part) {
    for (int i = 0; i < group.count(); ++i) {
      const int column = part * width;
      auto* at = static_cast<typename S::Element*>(d) + 2 * column;
      const auto* from = static_cast<const typename S::Element*>(raw) + column;
      const F by = group.load(mix + column, i);
      F sum = group.load(slopes + column, i);
      F now = group.load_elements(at, i);
      for (int r = 0; r < rows; ++r, at += stride, from += raw_stride) {
        const F next = r + 1 < rows ? group.load_elements(at + stride, i) : S::zero();
        sum = S::multiply_add(next, group.load_elements(from, i), sum);
        group.store_elements(at, i, S::multiply_add(by, next, now));
        now = next;
      }
      group.store(slopes + column, i, sum);
    }
  }
}

/// Norm of whole rows: x to elements n and a scale a row.
template <class S>
void norm_rows(const float* x, int64_t stride, int rows, int width, void* n, float* scale) {
  with_group<S>(width, [&](const auto& group) {
    using Element = typename S::Element;
    constexpr int V = std::decay_t<decltype(group)>::kRegisters;
    Lanes<S, V> lanes;
    for (int r = 0; r < rows; ++r) {
      for (int i = 0; i < group.count(); ++i) lanes[i] = group.load(x + r * stride, i);
      scale[r] = normalise<S, V>(group, lanes);
      auto* to = static_cast<Element*>(n) + r * stride;
      for (int i = 0; i < group.count(); ++i) group.store_elements(to, i, lanes[i]);
    }
  });
}

/// Backward: d, the gradient of n, becomes that of x in `into`, which may be d.
template <class S>
void norm_rows_backward(const float* d, const void* n, const float* scale, int64_t stride, int rows,
                        int width, float* into) {
  with_group<S>(width, [&](const auto& group) {
    using Element = typename S::Element;
    constexpr int V = std::decay_t<decltype(group)>::kRegisters;
    Lanes<S, V> slope;
    Lanes<S, V> normed;
    for (int r = 0; r < rows; ++r) {
      const auto* from = static_cast<const Element*>(n) + r * stride;
      for (int i = 0; i < group.count(); ++i) {
        slope[i] = group.load(d + r * stride, i);
        normed[i] = group.load_elements(from, i);
      }
      unnormalise<S, V>(group, slope, normed, inner<S, V>(group, slope, normed), scale[r]);
      float* to = into + r * stride;
      for (int i = 0; i < group.count(); ++i) {
        group.store(to, i, slope[i]);
      }
    }
  });
}

/// z = y + the table's row of each byte; row r's is bytes[r * step].
template <class S>
void add_rows(const void* y, int64_t stride, int rows, int width, const float* table,
              const uint8_t* bytes, int step, float* z) {
  const Group<S, 0> group(width);
  for (int r = 0; r < rows; ++r) {
    const auto* from = static_cast<const typename S::Element*>(y) + r * stride;
    const float* row = table + static_cast<int64_t>(bytes[r * step]) * width;
    for (int i = 0; i < group.count(); ++i) {
      group.store(z + r * stride, i, S::add(group.load_elements(from, i), group.load(row, i)));
    }
  }
}

}  // namespace xinglin::train
