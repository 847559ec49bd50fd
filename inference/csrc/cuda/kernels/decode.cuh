/// The loop over bytes inside the kernel: a block owns a few whole streams and never meets another.
///
/// Each turn, every stream that decodes adds the byte or pair it drew last as one row, and prompts
/// fill the rows that are left. All rows go through the model together; a byte is drawn for each
/// that wants one, of pairs then a second one by the second head, and the streams' states move on.
/// Nothing goes to the host before the launch is over.
#pragma once

#include "cuda/kernels/forward.cuh"
#include "cuda/kernels/sampler.cuh"

namespace xinglin::cuda {

/// Add a row for the next bytes of a stream; returns it.
XL_HD inline Row& add_row(Board& board, int seat, const uint8_t* bytes, int step_bytes) {
  Stream& stream = board.stream[seat];
  Row& row = board.row[board.rows++];
  row = Row{};
  row.seat = seat;
  row.byte = bytes[0];
  row.second = step_bytes == 2 ? bytes[1] : uint8_t{0};
  row.given = -1;
  row.position = stream.length;
  row.replayed = stream.replays != 0;
  for (int i = 0; i < step_bytes; ++i) {
    stream.recent[(stream.length * step_bytes + i) % kRecent] = bytes[i];
  }
  ++stream.length;
  stream.replays = 0;
  board.penalised += stream.sampling.method == XL_WYGPT;
  return row;
}

/// Add a row that is no step: the second head is asked after the output that was before.
XL_HD inline Row& add_blank(Board& board, int seat) {
  Stream& stream = board.stream[seat];
  Row& row = board.row[board.rows++];
  row = Row{};
  row.seat = seat;
  row.blank = true;
  row.fed = 2;
  row.position = stream.length;
  stream.blank = 0;
  board.penalised += stream.sampling.method == XL_WYGPT;
  return row;
}

/// Choose the rows of the streams that decode.
XL_HD inline void plan_drawn(Board& board, const Launch& launch) {
  const int step_bytes = launch.model.step_bytes;
  for (int i = 0; i < board.streams; ++i) {
    const Stream& stream = board.stream[i];
    const bool reading = stream.taken < stream.given;
    if (stream.finish == XL_RUNNING && !reading && stream.whole != 0 && board.rows < launch.rows) {
      const uint8_t bytes[2] = {step_bytes == 2 ? stream.before : stream.last, stream.last};
      Row& row = add_row(board, i, bytes, step_bytes);
      row.wanted = true;
      row.fed = step_bytes == 2 ? 1 : 0;  // the first byte of a pair was told before the second
      ++board.wanted;
    }
  }
}

/// The next row of a prompt; of pairs the byte after it goes with it when that is known.
XL_HD inline void read_row(Board& board, const Launch& launch, int seat) {
  Stream& stream = board.stream[seat];
  const int step_bytes = launch.model.step_bytes;
  const bool blank = stream.blank != 0;
  const auto logits_after = [&launch](int bytes) {
    return launch.logits == nullptr ? nullptr
                                    : launch.logits + static_cast<size_t>(bytes - 1) * kVocabulary;
  };
  const uint8_t* bytes = stream.input + stream.taken;
  Row& row = blank ? add_blank(board, seat) : add_row(board, seat, bytes, step_bytes);
  if (!blank) {
    stream.taken += step_bytes;
    row.logits = logits_after(stream.taken);
  }
  const int left = stream.given - stream.taken;
  if (step_bytes == 2 && left >= 1 && (left == 1 || launch.logits != nullptr)) {
    row.given = stream.input[stream.taken];
    row.second_logits = logits_after(stream.taken + 1);
    if (left == 1) ++stream.taken;
  }
  const bool ends = stream.taken == stream.given && stream.whole != 0;
  if (ends && row.given >= 0) {
    stream.before = stream.last;
    stream.last = static_cast<uint8_t>(row.given);
  }
  row.wanted = ends || launch.logits != nullptr;
  board.wanted += row.wanted;
}

/// Choose the rows of the next step; one thread does it. None are left when nobody can go on.
XL_HD inline void plan_step(Board& board, const Launch& launch) {
  board.rows = board.wanted = board.penalised = 0;
  plan_drawn(board, launch);
  for (int i = 0; i < board.streams; ++i) {
    const Stream& stream = board.stream[i];
    while (stream.finish == XL_RUNNING && stream.taken < stream.given && board.rows < launch.rows) {
      read_row(board, launch, i);
    }
  }
}

/// Tell a stream's history a byte, when it looks back on it. Barriers before and after.
template <class T>
XL_DEVICE void feed_history(const T& t, Stream& stream, uint8_t byte) {
  if (stream.sampling.method != XL_WYGPT || stream.history == nullptr) return;
  feed_match(t, stream.history, stream.match, stream.history_length, byte);
  t.sync();
  if (t.index() == 0) ++stream.history_length;
  t.sync();
}

/// Tell the histories what the rows are.
template <class T>
XL_DEVICE void feed_histories(const T& t, Board& board, int step_bytes) {
  for (int i = 0; i < board.rows; ++i) {
    const Row& row = board.row[i];
    for (int k = row.fed; k < step_bytes; ++k) {
      feed_history(t, board.stream[row.seat], k == 0 ? row.byte : row.second);
    }
  }
}

/// Between a pair's two bytes: the first one is known now, to the rows and to the histories.
template <class T>
XL_DEVICE void take_firsts(const T& t, Board& board, bool draws) {
  if (!draws) return;
  for (int i = t.index(); i < board.rows; i += t.count()) {
    Row& row = board.row[i];
    if (row.wanted) row.given = board.stream[row.seat].last;
  }
  t.sync();
  if (board.penalised == 0) return;
  for (int i = 0; i < board.rows; ++i) {
    const Row& row = board.row[i];
    if (row.wanted) feed_history(t, board.stream[row.seat], static_cast<uint8_t>(row.given));
  }
}

/// Draw for one row; a warp takes it. p and spare: (256,) each.
template <class T>
XL_DEVICE void draw_row(const T& t, Stream& stream, Output& output, const float* logits,
                        const double* growth, double* p, double* spare) {
  if (stream.sampling.method == XL_WYGPT) {
    match_penalty(t, stream.history, stream.match, stream.history_length, growth, spare);
    t.sync_warp();
  }
  const uint8_t* next = stream.automaton + stream.state * kVocabulary;
  if (!weigh(t, logits, next, stream.sampling, p, spare)) {
    if (t.lane() == 0) stream.finish = XL_FAILED;
    return;
  }
  const int byte = pick(t, p, stream.sampling, &stream.generator, &stream.surprise);
  if (t.lane() == 0) commit(stream, output, byte);
}

/// Whether a row gets a byte of this phase: of a pair's first none when the prompt gave it, of its
/// second none when the text ended with the first.
XL_DEVICE inline bool draws_now(const Row& row, const Stream& stream, int phase) {
  return row.wanted && (phase == 0 ? row.given < 0 : stream.finish == XL_RUNNING);
}

/// Draw for every row that wants a byte, or hand its logits out.
template <class T>
XL_DEVICE void draw_rows(const T& t, const Launch& launch, const Workspace& work, int first_stream,
                         int phase) {
  Board& board = work.board;
  for (int i = t.index(); i < board.rows * kVocabulary; i += t.count()) {
    const Row& row = board.row[i / kVocabulary];
    float* logits = phase == 0 ? row.logits : row.second_logits;
    if (logits == nullptr) continue;
    logits[i % kVocabulary] = work.z[i / kVocabulary * launch.shared.z_stride + i % kVocabulary];
  }
  if (launch.logits != nullptr) return;
  const int together = launch.shared.picked < t.warps() ? launch.shared.picked : t.warps();
  for (int first = 0; first < board.rows; first += together) {
    const int i = first + t.warp();
    if (t.warp() < together && i < board.rows) {
      const Row& row = board.row[i];
      double* p = reinterpret_cast<double*>(work.scratch) + t.warp() * 2 * kVocabulary;
      if (draws_now(row, board.stream[row.seat], phase)) {
        draw_row(t, board.stream[row.seat], launch.outputs[first_stream + row.seat],
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
  Board& board = work.board;
  const int first = t.block() * launch.seats;
  const int left = launch.count - first;
  const int streams = left < launch.seats ? left : launch.seats;
  if (t.index() == 0) board.streams = streams;
  for (int i = t.index(); i < streams; i += t.count()) {
    board.stream[i] = launch.streams[first + i];
  }
  t.sync();
  Weights weights(t, launch, shared);
  Forward<T, Weights> forward(t, launch, work, weights);
  for (int step = 0; step < launch.steps; ++step) {
    if (t.index() == 0) plan_step(board, launch);
    t.sync();
    if (board.rows == 0) break;
    if (board.penalised > 0) feed_histories(t, board, launch.model.step_bytes);
    for (int phase = 0; phase < launch.model.step_bytes; ++phase) {
      if (phase == 1) take_firsts(t, board, launch.logits == nullptr);
      forward.run(phase);
      if (board.wanted == 0) break;
      draw_rows(t, launch, work, first, phase);
      t.sync();
    }
    t.sync();
  }
  weights.close();
  for (int i = t.index(); i < streams; i += t.count()) {
    launch.streams[first + i] = board.stream[i];
  }
}

/// The kernel of a launch.
template <class T>
XL_DEVICE void decode(const T& t, const Launch& launch, unsigned char* shared) {
  if constexpr (T::kRun > 0) {
    if (launch.shared.run == T::kRun) {
      decode_from<WeightPipe<T>>(t, launch, shared);
      return;
    }
  }
  decode_from<DirectWeights>(t, launch, shared);
}

}  // namespace xinglin::cuda
