/// Structs of host and device: the arrays that kernels read, one sequence's state, one launch.
///
/// Outputs of a matrix come in 16, inputs in 32: the tile of an int8 tensor-core product. Positions
/// of the context come in panels of 16, as on the CPU, so that sums have the same order there.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/constants.h"
#include "xinglin.h"

namespace xinglin::cuda {

constexpr int kTileOutputs = 16;
constexpr int kTileInputs = 32;
/// Bytes of one tile: 16 for each lane of a warp.
constexpr int kTileBytes = kTileOutputs * kTileInputs;
/// Rows that a block computes together: the width of a tensor-core tile.
constexpr int kMostRows = 8;
/// Most bytes that a sequence draws in one launch, and prompt bytes that it is given for one.
constexpr int kMostSteps = 64;
constexpr int kMostGiven = 512;
/// Ring of a sequence's last bytes: n-grams look back from each of the rows. Of pairs it has room
/// for the longest n-gram, 8, and as many rows.
constexpr int kRecent = 32;
/// (row, head) pairs whose scores may be in shared memory together.
constexpr int kMostPairs = 64;
/// Runs of weights that a warp has on their way at a time.
constexpr int kStages = 4;

XL_HD constexpr size_t aligned(size_t bytes) { return (bytes + 15) / 16 * 16; }

/// An int8 matrix as [outputs/16][inputs/32][32 lanes][16]: the 16 bytes of a lane are its part of
/// the left side of mma.m16n8k32. Byte i of lane l is of output l/4 + 8 (i/4 % 2) and of input
/// 4 (l%4) + 16 (i/8) + i%4.
struct MatrixView {
  const int8_t* weight;
  const float* scale;  // (outputs,)
  int outputs;         // padded to 16
  int steps;           // inputs, padded, / 32
};

/// Index of (output, input) in a packed matrix.
XL_HD constexpr size_t packed_index(int output, int input, int steps) {
  const int row = output % kTileOutputs;
  const int column = input % kTileInputs;
  const int lane = row % 8 * 4 + column % 16 / 4;
  const int byte = column / 16 * 8 + row / 8 * 4 + column % 4;
  const size_t tile = static_cast<size_t>(output / kTileOutputs) * static_cast<size_t>(steps) +
                      static_cast<size_t>(input / kTileInputs);
  return tile * kTileBytes + static_cast<size_t>(lane * 16 + byte);
}

/// A gated unit: x += out_proj(gate(up_proj(x))).
struct GateWeights {
  MatrixView up_proj, out_proj;
};

struct AttentionWeights {
  MatrixView qkvg_proj, out_proj;
  const float* bias;     // (H, C) by distance
  const int32_t* reach;  // (H,): how many positions back it looks, the present one counted
  const float* mix;      // (2, E) of keys and values, when the model mixes
};

struct BlockView {
  GateWeights gate_in;
  AttentionWeights attention;
  GateWeights gate_out;
};

struct ModelView {
  int width, heads, layers, context;
  int step_bytes;  // 1, or 2: a step reads a pair
  bool mixes;      // keys and values take in a part of those of the step before
  int ngrams;      // number of tables
  uint32_t ngram_rows[kMostOrders];
  int orders[kMostOrders];
  const float* tables[kMostOrders];  // (ngram_rows, width / ngrams)
  const float* embedding;            // (256 * step_bytes, width)
  const float* second_embedding;     // (256, width), of a pair's first byte
  const BlockView* blocks;
  const MatrixView* order;  // all matrices as a step comes to them: blocks, head, second u, o, head
  int matrices;
  int head_at;  // the place of the head among them
  MatrixView head;
  const double* growth;  // exp(m / e) - 1 by the length m of a match

  XL_HD int head_width() const { return width / heads; }
};

/// Keys and values of one sequence, all layers and heads one after the other. Position p is in
/// panel (p / 16) % panels, lane p % 16. Of each head: keys [panels][depth/16][16 lanes][16],
/// values [panels][depth][16 lanes], the keys' scales and the values' scales [panels * 16]. Behind
/// them what the last step left: of a model that mixes (L, 2, E) keys and values as they were
/// projected, of pairs (E,) the output, which is stored only where all logits are wanted.
struct CacheLayout {
  int panels;
  int depth;   // head width, padded to 16
  int heads;   // of all layers
  int raw;     // numbers of the projections; 0 when nothing is mixed
  int output;  // numbers of the output; 0 when steps are bytes

  XL_HD static CacheLayout of(int width, int heads, int layers, int context, int step_bytes = 1,
                              bool mixes = false) {
    // The oldest position that a block's first row sees and its last row may lie in one panel;
    // one panel more than the positions fill keeps them apart.
    return {round_up(context + kMostRows, kLanes) / kLanes + 1, round_up(width / heads, kLanes),
            heads * layers, mixes ? 2 * layers * width : 0, step_bytes == 2 ? width : 0};
  }
  XL_HD size_t cells() const { return static_cast<size_t>(panels) * kLanes; }
  XL_HD size_t head_bytes() const {
    return cells() * (2 * static_cast<size_t>(depth) + 2 * sizeof(float));
  }
  XL_HD size_t kv_bytes() const { return head_bytes() * static_cast<size_t>(heads); }
  XL_HD size_t bytes() const {
    return kv_bytes() + static_cast<size_t>(raw + output) * sizeof(float);
  }
  XL_HD float* raw_of(uint8_t* cache) const { return reinterpret_cast<float*>(cache + kv_bytes()); }
  XL_HD float* output_of(uint8_t* cache) const { return raw_of(cache) + raw; }
  /// Positions that fit before the first is overwritten.
  XL_HD int64_t room() const { return static_cast<int64_t>(panels) * kLanes; }
};

/// Keys and values of one head.
struct HeadView {
  int8_t* key;
  int8_t* value;
  float* key_scale;
  float* value_scale;
  int panels;
  int depth;

  XL_HD HeadView(const CacheLayout& layout, uint8_t* cache, int head)
      : panels(layout.panels), depth(layout.depth) {
    uint8_t* base = cache + layout.head_bytes() * static_cast<size_t>(head);
    const size_t bytes = layout.cells() * static_cast<size_t>(depth);
    key = reinterpret_cast<int8_t*>(base);
    value = key + bytes;
    key_scale = reinterpret_cast<float*>(value + bytes);
    value_scale = key_scale + layout.cells();
  }
  XL_HD int cell(int64_t position) const {
    return static_cast<int>(position % (static_cast<int64_t>(panels) * kLanes));
  }
  /// Element i of the key in a cell.
  XL_HD size_t key_index(int cell, int i) const {
    const int tile = cell / kLanes * (depth / 16) + i / 16;
    return static_cast<size_t>(tile) * 256 + static_cast<size_t>(cell % kLanes * 16 + i % 16);
  }
  /// Element i of the value in a cell.
  XL_HD size_t value_index(int cell, int i) const {
    return static_cast<size_t>(cell / kLanes * depth + i) * kLanes +
           static_cast<size_t>(cell % kLanes);
  }
};

/// One sequence as the device knows it between two launches.
struct SequenceState {
  // Read by the kernel.
  uint8_t* cache;
  const uint8_t* automaton;  // (states, 256)
  const uint8_t* input;      // prompt bytes of this launch
  int32_t given;             // how many
  int32_t whole;             // 1 when the prompt ends with them, so that a byte is drawn after
  int32_t blank;             // 1: the launch begins after the output that was before, not a step
  int32_t replays;           // 1: the next step's keys and values are kept already
  int32_t max_bytes;
  xl_sampling sampling;
  uint8_t* history;  // XL_WYGPT: the text so far, and by distance how long it matches itself
  uint8_t* match;
  // Changed by the kernel.
  int64_t length;          // positions in the cache
  int64_t history_length;  // bytes in `history`
  uint64_t generator;
  double nll;               // of all bytes drawn, in nats
  int32_t taken;            // of `given`
  int32_t made;             // bytes drawn in all
  int32_t drawn;            // bytes drawn in this launch
  int32_t finish;           // xl_finish
  uint8_t state;            // of the automaton
  uint8_t before;           // the byte before `last`
  uint8_t last;             // the byte drawn last, not yet in the cache
  uint8_t recent[kRecent];  // byte i of the text at i % kRecent
};

/// Bytes that a sequence has drawn in one launch.
struct Output {
  double nll[kMostSteps];
  uint8_t byte[kMostSteps];
  uint8_t state[kMostSteps];
};

/// Offsets of a block's arrays in its shared memory, in bytes.
struct SharedPlan {
  int rows;    // computed together
  int pairs;   // score rows
  int reach;   // positions of a score row, a multiple of 16
  int picked;  // rows sampled together
  int run;     // tiles of weights that are fetched together ahead of time; 0: none are
  int x_stride, z_stride, q_stride, query_stride;
  size_t x, z, q, scale, query, query_scale, pipeline, scratch, bytes;

  XL_HD size_t pair_bytes() const { return static_cast<size_t>(reach) * 6; }
};

/// Shared memory of a warp's weight pipeline: a barrier a stage, then the stages.
XL_HD constexpr size_t pipeline_bytes(int run) {
  return kStages * (sizeof(uint64_t) + static_cast<size_t>(run) * kTileBytes);
}

constexpr size_t kPickBytes = 2 * kVocabulary * sizeof(double);

struct Launch {
  ModelView model;
  CacheLayout cache;
  SharedPlan shared;
  SequenceState* sequences;
  Output* outputs;
  int count;      // of sequences
  int slots;      // sequences of a block, at most `rows`
  int steps;      // at most kMostSteps
  int rows;       // computed together, at most shared.rows
  float* logits;  // null, or (given, 256) of the only sequence: then nothing is drawn
};

}  // namespace xinglin::cuda
