/// Single operations through the same device functions, for tests: what the C header's xl_op_* ask.
#pragma once

#include "cuda/kernels/block_state.h"

namespace xinglin::cuda {

enum class Op { kQuantize, kLinear, kGroupNorm, kAttention, kExp, kSample };

/// Every pointer is of device memory; which ones are used, says the operation.
struct OpCall {
  Op op;
  int rows, width, groups;
  float* x;  // (rows, width); of attention (rows, 3, width): keys, queries, values
  float* y;
  int8_t* q;  // (rows + 8, round_up(width, 32) + 16)
  float* scale;
  MatrixView matrix;
  // Attention of one head.
  CacheLayout cache;
  uint8_t* kv_cache;
  float* bias;
  int32_t* reach;
  int context, chunk;
  float* scores;    // (8, round_up(context) + 16)
  int8_t* weights;  // twice that
  // Sampling: `sequence` has options, generator, state, automaton and history; the text is `input`.
  SequenceState* sequence;
  const double* growth;
  double* p;  // (512,): what each byte is drawn with, and spare room
};

/// Row stride of `q`.
inline int op_q_stride(int width) { return round_up(width, kTileInputs) + 16; }

}  // namespace xinglin::cuda
