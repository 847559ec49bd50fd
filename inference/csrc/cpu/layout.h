/// The arrays that kernels read, as plain views, and the padding that they rely on.
///
/// Outputs and lanes come in 16, inputs of a product in 4. Float rows are padded with zeros to a
/// multiple of 16, int8 rows likewise, so that kernels never look at a remainder.
#pragma once

#include <cstddef>
#include <cstdint>

#include "host_device.h"

namespace xinglin::cpu {

constexpr int kLanes = 16;
constexpr int kDeep = 4;

XL_HD static inline int round_up(int n, int step) { return (n + step - 1) / step * step; }

/// An int8 matrix as [N/16][K/4][16 outputs][4 inputs]: one load holds 16 outputs x 4 inputs, so
/// sums stay in lanes and no output needs a horizontal sum.
struct PackedView {
  const int8_t* weight;
  const float* scale;       // (N,)
  const int32_t* unoffset;  // (N,) -128 sum w, where sums of offset activations start
  int outputs;              // N, a multiple of 16
  int deep;                 // K / 4
};

/// Rows of int8 activations with one scale each.
struct RowsView {
  const int8_t* q;
  size_t stride;
  const float* scale;
  int rows;
};

/// Keys and values of one head over the ring. Slots come in panels of 16; position p lives in
/// panel (p / 16) % panels, lane p % 16, whatever the ring's size, so results do not depend on it.
struct HeadView {
  int8_t* key;            // [panels][r/4][16][4]
  float* key_scale;       // [panels * 16]
  int32_t* key_unoffset;  // [panels * 16]
  int8_t* value;          // [panels][value_width/16][4][16 columns][4 positions]
  float* value_scale;     // [panels * 16]
  int panels;
  int deep;         // r / 4, rounded up
  int value_width;  // r rounded up to 16
};

/// How far past both ends of its context a bias may be read; there it is minus infinity.
constexpr int kBiasPad = 48;

/// One head's queries of consecutive positions.
struct QueryView {
  const int8_t* q;
  size_t stride;
  const float* scale;  // one per row, `scale_stride` apart; 1/sqrt(r) multiplied in
  size_t scale_stride;
  int64_t first;  // position of the first row
  int rows;       // at most kQueryRows
};

constexpr int kQueryRows = 4;

/// Widest head, and widest model, that fit the stack buffers and the int32 sums.
constexpr int kMaxHeadWidth = 1024;
constexpr int kMaxWidth = 4096;

}  // namespace xinglin::cpu
