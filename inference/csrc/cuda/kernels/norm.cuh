/// Group layer norm without parameters, and what the blocks do between two matrices.
///
/// Each group of n numbers becomes (x - mean) / sqrt(variance + 1e-12). Sixteen lanes take a group:
/// lane l adds up numbers l, l + 16, ... and the lanes' sums are added in pairs, so that every sum
/// has the order that it has on the CPU.
/// Reference: inference/reference/wygpt.py, group_norm.
#pragma once

#include "cuda/kernels/layout.h"
#include "cuda/kernels/scalar_simd.h"

namespace xinglin::cuda {

/// The sum over sixteen lanes, the same bits in all of them.
template <class T>
XL_DEVICE float sum_of(const T& t, float x) {
  for (int bits = kLanes / 2; bits > 0; bits /= 2) x = x + t.swap(x, bits);
  return x;
}

/// Normalise one group in place. The whole warp takes part, each half with a group of its own; a
/// half without one passes n = 0. Lane l touches only its own numbers, so no barrier is needed
/// before it reads them again.
template <class T>
XL_DEVICE void normalise_group(const T& t, float* x, int n) {
  const int lane = t.lane() % kLanes;
  const float size = static_cast<float>(n > 0 ? n : 1);
  float sum = 0.0F;
  for (int i = lane; i < n; i += kLanes) sum = sum + x[i];
  const float mean = sum_of(t, sum) / size;
  float squares = 0.0F;
  for (int i = lane; i < n; i += kLanes) {
    const float d = x[i] - mean;
    x[i] = d;
    squares = squares + d * d;
  }
  const float variance = sum_of(t, squares) / size;
  const float inverse = 1.0F / sqrtf(variance + kVarianceFloor);
  for (int i = lane; i < n; i += kLanes) x[i] = x[i] * inverse;
}

/// Hand out (row, group) tasks to the half-warps: body(row, group, active), every lane each time.
template <class T, class Body>
XL_DEVICE void for_groups(const T& t, int rows, int groups, const Body& body) {
  const int tasks = rows * groups;
  for (int base = t.warp() * 2; base < tasks; base += t.warps() * 2) {
    const int task = base + t.lane() / kLanes;
    const bool active = task < tasks;
    body(active ? task / groups : 0, active ? task % groups : 0, active);
  }
}

/// Normalise every row in place, in `groups` groups.
template <class T>
XL_DEVICE void normalise(const T& t, float* x, int stride, int rows, int width, int groups) {
  const int n = width / groups;
  for_groups(t, rows, groups, [&](int row, int group, bool active) {
    normalise_group(t, x + row * stride + group * n, active ? n : 0);
  });
}

/// a = norm(a * b), group by group.
template <class T>
XL_DEVICE void multiply_group(const T& t, float* a, const float* b, int n) {
  for (int i = t.lane() % kLanes; i < n; i += kLanes) a[i] = a[i] * b[i];
  normalise_group(t, a, n);
}

/// A gate's middle: z, (rows, 2E), becomes norm(norm(z1) * norm(z2)) in its first half.
template <class T>
XL_DEVICE void gate(const T& t, float* z, int stride, int rows, int width, int heads) {
  const int r = width / heads;
  for_groups(t, rows, heads, [&](int row, int head, bool active) {
    float* a = z + row * stride + head * r;
    const int n = active ? r : 0;
    normalise_group(t, a, n);
    normalise_group(t, a + width, n);
    multiply_group(t, a, a + width, n);
  });
}

/// Attention's output gate: mixed, (rows, E), becomes norm(mixed * g).
template <class T>
XL_DEVICE void gate_mixed(const T& t, float* mixed, const float* g, int stride, int rows, int width,
                          int heads) {
  const int r = width / heads;
  for_groups(t, rows, heads, [&](int row, int head, bool active) {
    const int at = row * stride + head * r;
    multiply_group(t, mixed + at, g + at, active ? r : 0);
  });
}

}  // namespace xinglin::cuda
