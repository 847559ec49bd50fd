/// Group layer norm without parameters, and what the blocks do between two matrices.
///
/// Each group of n numbers becomes (x - mean) / sqrt(variance + 1e-12).
/// Reference: inference/reference/wygpt.py, group_norm.
#pragma once

#include "cpu/kernels/quantize.h"

namespace xinglin::cpu {

/// A group of numbers in V vectors of 16, zeros behind the last one.
template <class S, int V>
class Group {
 public:
  using F = typename S::F;

  explicit Group(int n) : n_(n), last_(n - (V - 1) * kLanes) {}

  void load(const float* x) {
#pragma GCC unroll 4
    for (int v = 0; v + 1 < V; ++v) part_[v] = S::load(x + v * kLanes);
    const float* last = x + (V - 1) * kLanes;
    part_[V - 1] = last_ == kLanes ? S::load(last) : S::load_part(last, last_);
  }
  void store(float* x) const {
#pragma GCC unroll 4
    for (int v = 0; v + 1 < V; ++v) S::store(x + v * kLanes, part_[v]);
    float* last = x + (V - 1) * kLanes;
    if (last_ == kLanes) {
      S::store(last, part_[V - 1]);
    } else {
      S::store_part(last, last_, part_[V - 1]);
    }
  }

  void normalise() {
    const float size = static_cast<float>(n_);
    F sum = S::zero();
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum = S::add(sum, part_[v]);
    const F mean = S::set(S::sum(sum) / size);
    F squares = S::zero();
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      part_[v] = S::sub(part_[v], mean);
      if (v == V - 1 && last_ < kLanes) part_[v] = S::first(part_[v], last_);
      squares = S::add(squares, S::mul(part_[v], part_[v]));
    }
    const float variance = S::sum(squares) / size;
    const F inverse = S::set(1.0F / __builtin_sqrtf(variance + kVarianceFloor));
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) part_[v] = S::mul(part_[v], inverse);
  }

  void multiply(const Group& other) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) part_[v] = S::mul(part_[v], other.part_[v]);
  }

  /// The largest of `so_far` and of the magnitudes here, lane by lane.
  F largest(F so_far) const {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) so_far = S::max(so_far, S::abs(part_[v]));
    return so_far;
  }

 private:
  int n_;
  int last_;  // numbers in the last vector
  F part_[V];
};

/// Widest group that stays in registers.
constexpr int kGroupVectors = 4;

/// Normalise a group of any width in place, a vector at a time.
template <class S>
inline void normalise_wide(float* x, int n) {
  const int whole = n / kLanes * kLanes;
  const int rest = n - whole;
  typename S::F sum = S::zero();
  for (int i = 0; i < whole; i += kLanes) sum = S::add(sum, S::load(x + i));
  if (rest > 0) sum = S::add(sum, S::load_part(x + whole, rest));
  const float size = static_cast<float>(n);
  const typename S::F mean = S::set(S::sum(sum) / size);

  typename S::F squares = S::zero();
  for (int i = 0; i < whole; i += kLanes) {
    const typename S::F d = S::sub(S::load(x + i), mean);
    S::store(x + i, d);
    squares = S::add(squares, S::mul(d, d));
  }
  typename S::F last = S::zero();
  if (rest > 0) {
    last = S::first(S::sub(S::load_part(x + whole, rest), mean), rest);
    squares = S::add(squares, S::mul(last, last));
  }

  const float variance = S::sum(squares) / size;
  const typename S::F inverse = S::set(1.0F / __builtin_sqrtf(variance + kVarianceFloor));
  for (int i = 0; i < whole; i += kLanes) S::store(x + i, S::mul(S::load(x + i), inverse));
  if (rest > 0) S::store_part(x + whole, rest, S::mul(last, inverse));
}

/// Call body.template run<V>() with the vectors of a group of n, or run<0>() when they are too
/// many.
template <class Body>
inline void with_vectors(int n, const Body& body) {
  switch ((n + kLanes - 1) / kLanes) {
    case 1:
      return body.template run<1>();
    case 2:
      return body.template run<2>();
    case 3:
      return body.template run<3>();
    case kGroupVectors:
      return body.template run<kGroupVectors>();
    default:
      return body.template run<0>();
  }
}

/// Normalise every row in place, in `groups` groups.
template <class S>
struct Normalise {
  float* x;
  size_t stride;
  int rows, width, groups;

  template <int V>
  void run() const {
    const int n = width / groups;
    for (int row = 0; row < rows; ++row) {
      float* at = x + static_cast<size_t>(row) * stride;
      for (int g = 0; g < groups; ++g, at += n) {
        if constexpr (V == 0) {
          normalise_wide<S>(at, n);
        } else {
          Group<S, V> group(n);
          group.load(at);
          group.normalise();
          group.store(at);
        }
      }
    }
  }
};

template <class S>
void normalise(float* x, size_t stride, int rows, int width, int groups) {
  with_vectors(width / groups, Normalise<S>{x, stride, rows, width, groups});
}

/// a = norm(a * b) group by group, and that quantized; with `both`, a and b are normalised before.
template <class S>
struct Product {
  float* a;
  size_t a_stride;
  const float* b;
  size_t b_stride;
  int rows, width, heads;
  bool both;
  int8_t* q;
  size_t q_stride;
  float* scale;

  template <int V>
  void run() const {
    const int padded = round_up(width, kLanes);
    for (int row = 0; row < rows; ++row) {
      const size_t at = static_cast<size_t>(row);
      float* x = a + at * a_stride;
      const typename S::F largest = multiply<V>(x, b + at * b_stride);
      for (int i = width; i < padded; ++i) x[i] = 0.0F;
      int8_t* out = q + at * q_stride;
      scale[row] = V > 0 ? quantize_encoded<S>(x, padded, S::largest(largest), out)
                         : quantize_encoded<S>(x, padded, out);
    }
  }

  /// All groups of a row; returns the largest magnitude by lane, but for groups that are too wide
  /// for registers. Those were normalised before when `both` are.
  template <int V>
  typename S::F multiply(float* x, const float* y) const {
    const int n = width / heads;
    typename S::F largest = S::zero();
    for (int h = 0; h < heads; ++h, x += n, y += n) {
      if constexpr (V == 0) {
        for (int i = 0; i < n; ++i) x[i] = x[i] * y[i];
        normalise_wide<S>(x, n);
      } else {
        Group<S, V> left(n);
        Group<S, V> right(n);
        left.load(x);
        right.load(y);
        if (both) left.normalise();
        if (both) right.normalise();
        left.multiply(right);
        left.normalise();
        left.store(x);
        largest = left.largest(largest);
      }
    }
    return largest;
  }
};

/// A gate's middle: z, (rows, 2E), to the quantized norm(norm(z1) * norm(z2)), (rows, E). z is
/// overwritten.
template <class S>
void gate(float* z, size_t z_stride, int rows, int width, int heads, int8_t* q, size_t q_stride,
          float* scale) {
  const int n = width / heads;
  if (n > kGroupVectors * kLanes) normalise<S>(z, z_stride, rows, 2 * width, 2 * heads);
  with_vectors(n, Product<S>{z, z_stride, z + width, z_stride, rows, width, heads, true, q,
                             q_stride, scale});
}

/// Attention's output gate: the quantized norm(mixed * g). mixed is overwritten.
template <class S>
void gate_mixed(float* mixed, size_t stride, const float* g, size_t g_stride, int rows, int width,
                int heads, int8_t* q, size_t q_stride, float* scale) {
  with_vectors(width / heads, Product<S>{mixed, stride, g, g_stride, rows, width, heads, false, q,
                                         q_stride, scale});
}

/// Quantize (rows, width) for a matrix.
template <class S>
void quantize(const float* x, size_t stride, int rows, int width, int8_t* q, size_t q_stride,
              float* scale) {
  for (int row = 0; row < rows; ++row) {
    scale[row] = quantize_encoded<S>(x + static_cast<size_t>(row) * stride, round_up(width, kLanes),
                                     q + static_cast<size_t>(row) * q_stride);
  }
}

}  // namespace xinglin::cpu
