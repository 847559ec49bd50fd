/// Activations that a block saves for the backward pass, and the arrays of a window.
///
/// The functions are each file's own: some files are compiled for one instruction set alone, and no
/// other may take its functions from them.
#pragma once

#include <algorithm>

#include "train/layout.h"

namespace xinglin::train {

/// Saved activations of a gate.
struct GateRows {
  void* n;         // (rows, 2E) elements, the normed halves
  int64_t wide;    // stride of n
  void* g;         // (rows, E) elements, what goes on
  int64_t narrow;  // stride of g
  float* scale;    // (rows, 3H): of the first half, of the second, of the product
};

/// Queries that are worked on at a time.
constexpr int kQueries = 32;

/// A window.
struct Window {
  int rows;   // T, padded
  int reach;  // steps that attention reaches
  int64_t n_stride;
  int64_t stride;        // of rows of E
  const float* line;     // (H, 2 rows): the bias of key s for query t at [rows + s - t]
  const void* n;         // (rows, 4E) elements: keys, queries, values, gates, all normed
  const float* n_scale;  // (rows, 4H)
};

/// Saved activations of a window's attention.
struct AttendRows {
  void* power;     // (H, `power_size`) elements
  float* inverse;  // (rows, H): 1 / the sum of the powers
  void* mixed;     // (rows, E) elements: the sum of the values
  void* y;         // (rows, E) elements: what goes on
  float* scale;    // (rows, H): of y
};

/// The first key that a block of queries reaches.
static inline int first_key(int query, int reach) {
  return std::max(0, query - reach + 1) / kLanes * kLanes;
}

/// Powers of one head in the blocks of queries before `until`.
static inline int64_t power_size(int rows, int reach, int until) {
  int64_t size = 0;
  for (int q = 0; q < until; q += kQueries) {
    const int end = std::min(q + kQueries, rows);
    size += static_cast<int64_t>(end - q) * (end - first_key(q, reach));
  }
  return size;
}

/// Numbers of float32 that a call below works in.
static inline int64_t attend_scratch(int rows, int head) {
  const int64_t wide = padded(head);
  const int64_t t = rows;
  return t * wide * 6 + kQueries * (t + wide) * 2 + t * t * 2 + t * 20 + 64 * kLanes;
}

}  // namespace xinglin::train
