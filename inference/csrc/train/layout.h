/// Layout of matrices in memory while the trainer works.
///
/// *Rows*: a row for each step, of float32 or of elements (see simd_float32.h); strides are
/// multiples of 16, and so are numbers of rows, so that no product needs a case for the rest.
/// *Woven*: panels of 16 columns; in a panel one word (see simd_float32.h) of each of 16 columns
/// stands side by side for a step of the sum, 64 bytes a step.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/constants.h"

namespace xinglin::train {

static constexpr int padded(int n) { return round_up(n, kLanes); }
static constexpr int64_t padded(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

/// The left side of a product: word k of row r is words[r / 16 * panel + r % 16 * row + k * step].
struct Left {
  const uint32_t* words;
  int64_t panel;
  int64_t row;
  int64_t step;
};

/// The left side whose rows are woven: its sum runs over the rows of what was woven.
static inline Left woven_left(const uint32_t* words, int64_t panel) {
  return {words, panel, 1, kLanes};
}

/// The left side that lies in rows, `stride` words apart.
static inline Left rows_left(const void* rows, int64_t stride) {
  return {static_cast<const uint32_t*>(rows), kLanes * stride, stride, 1};
}

/// The right side: panels of 16 columns, `panel` words from one to the next.
struct Right {
  const uint32_t* words;
  int64_t panel;
};

/// Sizes that the kernels of a block need.
struct Sizes {
  int width;   // E
  int heads;   // H
  int head;    // E / H
  int stride;  // E, padded
};

}  // namespace xinglin::train
