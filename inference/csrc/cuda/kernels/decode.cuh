/// The decode loop inside the kernel: a block owns a few whole sequences and waits for no other.
///
/// Each turn, every sequence that decodes adds the byte or pair it drew last as one row, and
/// prompts fill the rows that are left. All rows go through the model together; a byte is drawn for
/// each that wants one, of pairs then a second one by the second head, and the sequences' states
/// move on. Nothing goes to the host before the launch is over.
#pragma once

#include "cuda/kernels/forward.cuh"
#include "cuda/kernels/sampler.cuh"

namespace xinglin::cuda {

/// Add a row for the next bytes of a sequence; returns it.
XL_HD inline Row& add_row(BlockState& state, int slot, const uint8_t* bytes, int step_bytes) {
  SequenceState& sequence = state.sequence[slot];
  Row& row = state.row[state.rows++];
  row = Row{};
  row.slot = slot;
  row.byte = bytes[0];
  row.second = step_bytes == 2 ? bytes[1] : uint8_t{0};
  row.given = -1;
  row.position = sequence.length;
  row.replayed = sequence.replays != 0;
  for (int i = 0; i < step_bytes; ++i) {
    sequence.recent[(sequence.length * step_bytes + i) % kRecent] = bytes[i];
  }
  ++sequence.length;
  sequence.replays = 0;
  state.penalised += sequence.sampling.method == XL_WYGPT;
  return row;
}

/// Add a row that is no step: the second head is asked after the output that was before.
XL_HD inline Row& add_blank(BlockState& state, int slot) {
  SequenceState& sequence = state.sequence[slot];
  Row& row = state.row[state.rows++];
  row = Row{};
  row.slot = slot;
  row.blank = true;
  row.fed = 2;
  row.position = sequence.length;
  sequence.blank = 0;
  state.penalised += sequence.sampling.method == XL_WYGPT;
  return row;
}

/// Choose the rows of the sequences that decode.
XL_HD inline void plan_drawn(BlockState& state, const Launch& launch) {
  const int step_bytes = launch.model.step_bytes;
  for (int i = 0; i < state.sequences; ++i) {
    const SequenceState& sequence = state.sequence[i];
    const bool reading = sequence.taken < sequence.given;
    if (sequence.finish == XL_RUNNING && !reading && sequence.whole != 0 &&
        state.rows < launch.rows) {
      const uint8_t bytes[2] = {step_bytes == 2 ? sequence.before : sequence.last, sequence.last};
      Row& row = add_row(state, i, bytes, step_bytes);
      row.wanted = true;
      row.fed = step_bytes == 2 ? 1 : 0;  // the first byte of a pair was told before the second
      ++state.wanted;
    }
  }
}

/// The next row of a prompt; of pairs the byte after it goes with it when that is known.
XL_HD inline void read_row(BlockState& state, const Launch& launch, int slot) {
  SequenceState& sequence = state.sequence[slot];
  const int step_bytes = launch.model.step_bytes;
  const bool blank = sequence.blank != 0;
  const auto logits_after = [&launch](int bytes) {
    return launch.logits == nullptr ? nullptr
                                    : launch.logits + static_cast<size_t>(bytes - 1) * kVocabulary;
  };
  const uint8_t* bytes = sequence.input + sequence.taken;
  Row& row = blank ? add_blank(state, slot) : add_row(state, slot, bytes, step_bytes);
  if (!blank) {
    sequence.taken += step_bytes;
    row.logits = logits_after(sequence.taken);
  }
  const int left = sequence.given - sequence.taken;
  if (step_bytes == 2 && left >= 1 && (left == 1 || launch.logits != nullptr)) {
    row.given = sequence.input[sequence.taken];
    row.second_logits = logits_after(sequence.taken + 1);
    if (left == 1) ++sequence.taken;
  }
  const bool ends = sequence.taken == sequence.given && sequence.whole != 0;
  if (ends && row.given >= 0) {
    sequence.before = sequence.last;
    sequence.last = static_cast<uint8_t>(row.given);
  }
  row.wanted = ends || launch.logits != nullptr;
  state.wanted += row.wanted;
}

/// Choose the rows of the next step; one thread does it. There are none when no sequence can go on.
XL_HD inline void plan_step(BlockState& state, const Launch& launch) {
  state.rows = state.wanted = state.penalised = 0;
  plan_drawn(state, launch);
  for (int i = 0; i < state.sequences; ++i) {
    const SequenceState& sequence = state.sequence[i];
    while (sequence.finish == XL_RUNNING && sequence.taken < sequence.given &&
           state.rows < launch.rows) {
      read_row(state, launch, i);
    }
  }
}

/// Append a byte to a sequence's history, when its method looks back. Barriers before and after.
template <class T>
XL_DEVICE void feed_history(const T& t, SequenceState& sequence, uint8_t byte) {
  if (sequence.sampling.method != XL_WYGPT || sequence.history == nullptr) return;
  feed_match(t, sequence.history, sequence.match, sequence.history_length, byte);
  t.sync();
  if (t.index() == 0) ++sequence.history_length;
  t.sync();
}

/// Append the rows' bytes to the histories.
template <class T>
XL_DEVICE void feed_histories(const T& t, BlockState& state, int step_bytes) {
  for (int i = 0; i < state.rows; ++i) {
    const Row& row = state.row[i];
    for (int k = row.fed; k < step_bytes; ++k) {
      feed_history(t, state.sequence[row.slot], k == 0 ? row.byte : row.second);
    }
  }
}

/// Between a pair's two bytes: the first one is known now, to the rows and to the histories.
template <class T>
XL_DEVICE void take_firsts(const T& t, BlockState& state, bool draws) {
  if (!draws) return;
  for (int i = t.index(); i < state.rows; i += t.count()) {
    Row& row = state.row[i];
    if (row.wanted) row.given = state.sequence[row.slot].last;
  }
  t.sync();
  if (state.penalised == 0) return;
  for (int i = 0; i < state.rows; ++i) {
    const Row& row = state.row[i];
    if (row.wanted) feed_history(t, state.sequence[row.slot], static_cast<uint8_t>(row.given));
  }
}

/// Draw for one row; a warp takes it. p and spare: (256,) each.
template <class T>
XL_DEVICE void draw_row(const T& t, SequenceState& sequence, Output& output, const float* logits,
                        const double* growth, double* p, double* spare) {
  if (sequence.sampling.method == XL_WYGPT) {
    match_penalty(t, sequence.history, sequence.match, sequence.history_length, growth, spare);
    t.sync_warp();
  }
  const uint8_t* next = sequence.automaton + sequence.state * kVocabulary;
  if (!weigh(t, logits, next, sequence.sampling, p, spare)) {
    if (t.lane() == 0) sequence.finish = XL_FAILED;
    return;
  }
  const int byte = pick(t, p, sequence.sampling, &sequence.generator, &sequence.nll);
  if (t.lane() == 0) commit(sequence, output, byte);
}

/// Whether a row gets a byte of this phase: of a pair's first none when the prompt gave it, of its
/// second none when the text ended with the first.
XL_DEVICE inline bool draws_now(const Row& row, const SequenceState& sequence, int phase) {
  return row.wanted && (phase == 0 ? row.given < 0 : sequence.finish == XL_RUNNING);
}

/// Draw for every row that wants a byte, or hand its logits out.
template <class T>
XL_DEVICE void draw_rows(const T& t, const Launch& launch, const Workspace& work,
                         int first_sequence, int phase) {
  BlockState& state = work.state;
  for (int i = t.index(); i < state.rows * kVocabulary; i += t.count()) {
    const Row& row = state.row[i / kVocabulary];
    float* logits = phase == 0 ? row.logits : row.second_logits;
    if (logits == nullptr) continue;
    logits[i % kVocabulary] = work.z[i / kVocabulary * launch.shared.z_stride + i % kVocabulary];
  }
  if (launch.logits != nullptr) return;
  const int together = launch.shared.picked < t.warps() ? launch.shared.picked : t.warps();
  for (int first = 0; first < state.rows; first += together) {
    const int i = first + t.warp();
    if (t.warp() < together && i < state.rows) {
      const Row& row = state.row[i];
      double* p = reinterpret_cast<double*>(work.scratch) + t.warp() * 2 * kVocabulary;
      if (draws_now(row, state.sequence[row.slot], phase)) {
        draw_row(t, state.sequence[row.slot], launch.outputs[first_sequence + row.slot],
                 work.z + i * launch.shared.z_stride, launch.model.growth, p, p + kVocabulary);
      }
    }
    t.sync();
  }
}

/// The kernel of a launch, its weights coming from a `Weights`.
template <class Weights, class T>
XL_DEVICE void decode_from(const T& t, const Launch& launch, unsigned char* shared) {
  const Workspace work(launch.shared, shared);
  BlockState& state = work.state;
  const int first = t.block() * launch.slots;
  const int left = launch.count - first;
  const int sequences = left < launch.slots ? left : launch.slots;
  if (t.index() == 0) state.sequences = sequences;
  for (int i = t.index(); i < sequences; i += t.count()) {
    state.sequence[i] = launch.sequences[first + i];
  }
  t.sync();
  Weights weights(t, launch, shared);
  Forward<T, Weights> forward(t, launch, work, weights);
  for (int step = 0; step < launch.steps; ++step) {
    if (t.index() == 0) plan_step(state, launch);
    t.sync();
    if (state.rows == 0) break;
    if (state.penalised > 0) feed_histories(t, state, launch.model.step_bytes);
    for (int phase = 0; phase < launch.model.step_bytes; ++phase) {
      if (phase == 1) take_firsts(t, state, launch.logits == nullptr);
      forward.run(phase);
      if (state.wanted == 0) break;
      draw_rows(t, launch, work, first, phase);
      t.sync();
    }
    t.sync();
  }
  weights.close();
  for (int i = t.index(); i < sequences; i += t.count()) {
    launch.sequences[first + i] = state.sequence[i];
  }
}

/// The kernel of a launch.
template <class T>
XL_DEVICE void decode(const T& t, const Launch& launch, unsigned char* shared) {
  if constexpr (T::kRun > 0) {
    if (launch.shared.run == T::kRun) {
      decode_from<WeightPipeline<T>>(t, launch, shared);
      return;
    }
  }
  decode_from<DirectWeights>(t, launch, shared);
}

}  // namespace xinglin::cuda
