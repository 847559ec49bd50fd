/// Single operations, a block each. See ops.h.
#pragma once

#include "cuda/kernels/decode.cuh"
#include "cuda/kernels/ops.h"

namespace xinglin::cuda {

template <class T>
XL_DEVICE void op_quantize(const T& t, const OpCall& call) {
  quantize(t, call.x, call.width, call.rows, call.width, call.q,
           round_up(call.width, kTileInputs) + 16, call.scale);
}

template <class T>
XL_DEVICE void op_linear(const T& t, const OpCall& call) {
  op_quantize(t, call);
  t.sync();
  const int stride = round_up(call.width, kTileInputs) + 16;
  const int outputs = round_up(call.matrix.outputs, kTileOutputs);
  DirectWeights weights(t);
  for (int row = 0; row < call.rows; row += kMostRows) {
    const int rows = call.rows - row < kMostRows ? call.rows - row : kMostRows;
    linear(t, call.matrix, {call.q + row * stride, stride, call.scale + row, rows},
           call.y + row * outputs, outputs, false, weights);
  }
}

template <class T>
XL_DEVICE void op_attention(const T& t, const OpCall& call, BlockState& state) {
  const int r = call.width;
  const int depth = round_up(r, kLanes);
  const auto view = [&](int, int) { return HeadView(call.cache, call.kv_cache, 0); };
  const AttentionView a{
      call.q,       depth, call.scale,  call.bias,    call.reach,
      call.context, 1,     call.scores, call.weights, round_up(call.context, kLanes) + kLanes};
  for (int first = 0; first < call.rows; first += call.chunk) {
    const int rows = call.rows - first < call.chunk ? call.rows - first : call.chunk;
    if (t.index() < rows) {
      state.row[t.index()] = Row{};
      state.row[t.index()].position = first + t.index();
    }
    t.sync();
    store_kv(t, state.row, rows, 1, r, call.x + first * 3 * r, 3 * r, call.q, depth, call.scale,
             view);
    t.sync();
    attend_pairs(t, a, state.row, state.pair, 0, rows, r, call.y + first * r, r, view);
    t.sync();
  }
}

template <class T>
XL_DEVICE void op_sample(const T& t, const OpCall& call) {
  SequenceState& sequence = *call.sequence;
  for (int i = 0; sequence.history != nullptr && i < sequence.given; ++i) {
    feed_match(t, sequence.history, sequence.match, i, sequence.input[i]);
    t.sync();
  }
  if (t.warp() != 0) return;
  double* spare = call.p + kVocabulary;
  if (sequence.history != nullptr) {
    match_penalty(t, sequence.history, sequence.match, sequence.given, call.growth, spare);
    t.sync_warp();
  }
  const uint8_t* next = sequence.automaton + sequence.state * kVocabulary;
  if (!weigh(t, call.x, next, sequence.sampling, call.p, spare)) {
    if (t.lane() == 0) sequence.finish = XL_FAILED;
    return;
  }
  const int byte = pick(t, call.p, sequence.sampling, &sequence.generator, &sequence.nll);
  if (t.lane() == 0) sequence.last = static_cast<uint8_t>(byte);
}

/// The kernel of an operation; shared memory holds a BlockState.
template <class T>
XL_DEVICE void compute_op(const T& t, const OpCall& call, unsigned char* shared) {
  switch (call.op) {
    case Op::kQuantize:
      return op_quantize(t, call);
    case Op::kLinear:
      return op_linear(t, call);
    case Op::kGroupNorm:
      return normalise(t, call.x, call.width, call.rows, call.width, call.groups);
    case Op::kAttention:
      return op_attention(t, call, *reinterpret_cast<BlockState*>(shared));
    case Op::kExp:
      for (int i = t.index(); i < call.width; i += t.count()) call.x[i] = exp_of(call.x[i]);
      return;
    case Op::kSample:
      return op_sample(t, call);
  }
}

}  // namespace xinglin::cuda
