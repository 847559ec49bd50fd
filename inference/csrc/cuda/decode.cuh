/// The loop over bytes inside the kernel: a block owns a few whole streams and never meets another.
///
/// Each turn, every stream that decodes adds the byte it drew last as one row, and prompts fill the
/// rows that are left. All rows go through the model together; a byte is drawn for each that wants
/// one, and the streams' states move on. Nothing goes to the host before the launch is over.
#pragma once

#include "cuda/forward.cuh"
#include "cuda/sampler.cuh"

namespace xinglin::cuda {

XL_HD inline void add_row(Board& board, int seat, uint8_t byte, bool wanted, float* logits) {
  Stream& stream = board.stream[seat];
  stream.recent[stream.length % kRecent] = byte;
  board.row[board.rows++] = {seat, byte, wanted, stream.length++, logits};
  board.wanted += wanted;
  board.penalised += stream.sampling.method == XL_WYGPT;
}

/// Choose the rows of the next step; one thread does it. None are left when nobody can go on.
XL_HD inline void plan_step(Board& board, const Launch& launch) {
  board.rows = board.wanted = board.penalised = 0;
  for (int i = 0; i < board.streams; ++i) {
    const Stream& stream = board.stream[i];
    const bool reading = stream.taken < stream.given;
    if (stream.finish == XL_RUNNING && !reading && stream.whole != 0 && board.rows < launch.rows) {
      add_row(board, i, stream.last, true, nullptr);
    }
  }
  for (int i = 0; i < board.streams; ++i) {
    Stream& stream = board.stream[i];
    while (stream.finish == XL_RUNNING && stream.taken < stream.given && board.rows < launch.rows) {
      float* logits = launch.logits == nullptr
                          ? nullptr
                          : launch.logits + static_cast<size_t>(stream.taken) * kVocabulary;
      const uint8_t byte = stream.input[stream.taken++];
      const bool last = stream.taken == stream.given && stream.whole != 0;
      add_row(board, i, byte, last || logits != nullptr, logits);
    }
  }
}

/// Tell the histories of streams that look back on them what the rows are.
template <class T>
XL_DEVICE void feed_histories(const T& t, Board& board) {
  for (int i = 0; i < board.rows; ++i) {
    Stream& stream = board.stream[board.row[i].seat];
    if (stream.sampling.method != XL_WYGPT || stream.history == nullptr) continue;
    feed_match(t, stream.history, stream.match, stream.history_length, board.row[i].byte);
    t.sync();
    if (t.index() == 0) ++stream.history_length;
    t.sync();
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

/// Draw for every row that wants a byte, or hand its logits out.
template <class T>
XL_DEVICE void draw_rows(const T& t, const Launch& launch, const Workspace& work,
                         int first_stream) {
  Board& board = work.board;
  for (int i = t.index(); i < board.rows * kVocabulary; i += t.count()) {
    const Row& row = board.row[i / kVocabulary];
    if (row.logits == nullptr) continue;
    row.logits[i % kVocabulary] =
        work.z[i / kVocabulary * launch.shared.z_stride + i % kVocabulary];
  }
  const int together = launch.shared.picked < t.warps() ? launch.shared.picked : t.warps();
  for (int first = 0; first < board.rows; first += together) {
    const int i = first + t.warp();
    if (t.warp() < together && i < board.rows) {
      const Row& row = board.row[i];
      double* p = reinterpret_cast<double*>(work.scratch) + t.warp() * 2 * kVocabulary;
      if (row.wanted && row.logits == nullptr) {
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
    if (board.penalised > 0) feed_histories(t, board);
    forward.step();
    if (board.wanted > 0) draw_rows(t, launch, work, first);
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
