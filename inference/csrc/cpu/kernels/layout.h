/// The arrays that kernels read, as plain views, and the padding that they rely on.
///
/// Outputs and lanes come in 16, inputs of a product in 4. Float rows are padded with zeros to a
/// multiple of 16, int8 rows likewise, so that kernels never look at a remainder.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/constants.h"

namespace xinglin::cpu {

constexpr int kDeep = 4;

/// Bytes of 16 outputs x 4 inputs.
constexpr size_t kPanelStep = static_cast<size_t>(kLanes) * kDeep;
/// Panels whose weights lie side by side.
constexpr int kGroup = 4;

/// An int8 matrix as [N/64][K/4][4 panels][16 outputs][4 inputs], the last group as many panels as
/// are left. One load holds 16 outputs x 4 inputs, so sums stay in lanes and no output needs a
/// horizontal sum; a lone row reads all matrices of a step as one stream from end to end, which the
/// processor's prefetcher follows.
struct PackedView {
  const int8_t* weight;
  const float* scale;       // (N,)
  const int32_t* unoffset;  // (N,) -128 sum w, where sums of offset activations start
  int outputs;              // N, a multiple of 16
  int deep;                 // K / 4
};

/// Address of a panel's weights: kPanelStep bytes every `step` bytes, `next` bytes from one
/// group of panels to the same panel of the next.
struct PanelView {
  const int8_t* weight;
  size_t step;
  size_t next;

  PanelView(const int8_t* w, size_t bytes) : weight(w), step(bytes), next(0) {}
  PanelView(const PackedView& w, int panel) {
    const int group = panel / kGroup * kGroup;
    const int left = w.outputs / kLanes - group;
    step = static_cast<size_t>(left < kGroup ? left : kGroup) * kPanelStep;
    next = static_cast<size_t>(w.deep) * kGroup * kPanelStep;
    weight = w.weight + static_cast<size_t>(group) * static_cast<size_t>(w.deep) * kPanelStep +
             static_cast<size_t>(panel - group) * kPanelStep;
  }
};

/// Rows of int8 activations with one scale each.
struct RowsView {
  const int8_t* q;
  size_t stride;
  const float* scale;
  int rows;
};

/// Keys and values of 16 positions of one head.
struct KvPanel {
  int8_t* key;            // [r/4][16 positions][4]
  float* key_scale;       // (16,)
  int32_t* key_unoffset;  // (16,)
  float* value_scale;     // (16,)
  int8_t* value;          // [value_width/16][4][16 columns][4 positions]
};

/// Keys and values of one head over the ring. Positions come in panels of 16; position p lives in
/// panel (p / 16) % panels, lane p % 16, whatever the ring's size, so results do not depend on it.
/// A panel lies in one piece, so that a short text touches few pages.
struct HeadView {
  uint8_t* memory;
  int panels;
  int deep;         // r / 4, rounded up
  int value_width;  // r rounded up to 16

  HeadView(uint8_t* ring, int count, int r)
      : memory(ring),
        panels(count),
        deep(round_up(r, kDeep) / kDeep),
        value_width(round_up(r, kLanes)) {}

  static size_t panel_bytes(int r) { return HeadView(nullptr, 0, r).panel_bytes(); }
  size_t panel_bytes() const {
    return static_cast<size_t>(deep) * kPanelStep + 3 * kLanes * sizeof(float) +
           static_cast<size_t>(value_width) * kLanes;
  }
  KvPanel panel(int64_t i) const {
    uint8_t* const key = memory + static_cast<size_t>(i) * panel_bytes();
    float* const scales = reinterpret_cast<float*>(key + static_cast<size_t>(deep) * kPanelStep);
    return {reinterpret_cast<int8_t*>(key), scales, reinterpret_cast<int32_t*>(scales + kLanes),
            scales + 2 * kLanes, reinterpret_cast<int8_t*>(scales + 3 * kLanes)};
  }
};

/// Numbers past both ends of its context where a bias may be read; there it is minus infinity.
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

}  // namespace xinglin::cpu
