/// Optimizer operations on arrays of any length, 16 numbers at a time.
#pragma once

#include <algorithm>
#include <cmath>

#include "train/adam.h"
#include "train/layout.h"

namespace xinglin::train {

/// Calls function(index, lanes) for an array of n numbers.
template <class S, class Function>
inline void each_lanes(int64_t n, const Function& function) {
  for (int64_t i = 0; i < n; i += kLanes) {
    function(i, static_cast<int>(std::min<int64_t>(kLanes, n - i)));
  }
}

template <class S>
inline typename S::F load_some(const float* p, int n) {
  return n == kLanes ? S::load(p) : S::load_part(p, n);
}

template <class S>
inline void store_some(float* p, int n, const typename S::F& f) {
  if (n == kLanes) {
    S::store(p, f);
  } else {
    S::store_part(p, n, f);
  }
}

/// into += each of the others, in their order; returns the sum of squares.
template <class S>
float add_arrays(float* into, const float* const* others, int count, int64_t n) {
  typename S::F squares = S::zero();
  each_lanes<S>(n, [&](int64_t i, int lanes) {
    typename S::F sum = load_some<S>(into + i, lanes);
    for (int k = 0; k < count; ++k) sum = S::add(sum, load_some<S>(others[k] + i, lanes));
    store_some<S>(into + i, lanes, sum);
    squares = S::multiply_add(sum, sum, squares);
  });
  return S::sum(squares);
}

/// Momentum m moves by 1 - share to gradient g; d = Nesterov's direction; returns its sum of
/// squares.
template <class S>
float blend_momentum(const float* g, float share, int64_t n, float* m, float* d) {
  typename S::F squares = S::zero();
  each_lanes<S>(n, [&](int64_t i, int lanes) {
    const typename S::F slope = load_some<S>(g + i, lanes);
    typename S::F mean = load_some<S>(m + i, lanes);
    mean = S::multiply_add(S::sub(slope, mean), S::set(1.0F - share), mean);
    store_some<S>(m + i, lanes, mean);
    const typename S::F x = S::multiply_add(S::sub(mean, slope), S::set(share), slope);
    store_some<S>(d + i, lanes, x);
    squares = S::multiply_add(x, x, squares);
  });
  return S::sum(squares);
}

/// w = w * keep + x * by
template <class S>
void move_array(const float* x, float by, float keep, int64_t n, float* w) {
  each_lanes<S>(n, [&](int64_t i, int lanes) {
    const typename S::F saved = S::mul(load_some<S>(w + i, lanes), S::set(keep));
    store_some<S>(w + i, lanes, S::multiply_add(load_some<S>(x + i, lanes), S::set(by), saved));
  });
}

/// y = x * by
template <class S>
void scale_array(const float* x, float by, int64_t n, float* y) {
  each_lanes<S>(n, [&](int64_t i, int lanes) {
    store_some<S>(y + i, lanes, S::mul(load_some<S>(x + i, lanes), S::set(by)));
  });
}

template <class S>
void adam_array(const float* g, const AdamStep& step, int64_t n, float* w, float* m, float* v) {
  each_lanes<S>(n, [&](int64_t i, int lanes) {
    using F = typename S::F;
    const F slope = load_some<S>(g + i, lanes);
    const F first = load_some<S>(m + i, lanes);
    const F mean = S::multiply_add(S::sub(slope, first), S::set(1.0F - step.first), first);
    const F square = S::multiply_add(S::mul(slope, slope), S::set(1.0F - step.second),
                                     S::mul(load_some<S>(v + i, lanes), S::set(step.second)));
    store_some<S>(m + i, lanes, mean);
    store_some<S>(v + i, lanes, square);
    const F below = S::multiply_add(S::sqrt(square), S::set(step.correction), S::set(step.epsilon));
    const F to =
        S::multiply_add(S::div(mean, below), S::set(-step.rate), load_some<S>(w + i, lanes));
    store_some<S>(w + i, lanes, to);
  });
}

}  // namespace xinglin::train
