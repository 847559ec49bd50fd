/// The embeddings of bytes or pairs and, added to them, the vectors that the last of them pick.
/// Reference: inference/model/ngram.py.
#pragma once

#include "cuda/board.h"
#include "ngram_hash.h"

namespace xinglin::cuda {

/// The byte of a position, or its pair as a number.
XL_HD inline uint32_t unit_at(const uint8_t* recent, int64_t position, int step_bytes) {
  const uint32_t first = recent[position * step_bytes % kRecent];
  return step_bytes == 1 ? first : 256U * first + recent[(2 * position + 1) % kRecent];
}

/// The row of one table that the steps up to `position` pick.
XL_HD inline uint32_t pick_row(const uint8_t* recent, int64_t position, int order, uint32_t rows,
                               int step_bytes = 1) {
  uint32_t running = 0;
  for (int back = 0; back < order; ++back) {
    const bool known = back <= position;
    running = hash_unit(running, known, known ? unit_at(recent, position - back, step_bytes) : 0U);
  }
  return spread_hash(running) % rows;
}

/// x: (rows, E).
template <class T>
XL_DEVICE void embed(const T& t, const ModelView& model, Board& board, float* x, int stride) {
  for (int i = t.index(); i < board.rows * model.ngrams; i += t.count()) {
    const Row& row = board.row[i / model.ngrams];
    const int table = i % model.ngrams;
    board.pick[i / model.ngrams][table] =
        static_cast<int>(pick_row(board.stream[row.seat].recent, row.position, model.orders[table],
                                  model.ngram_rows[table], model.step_bytes));
  }
  t.sync();
  const int slice = model.ngrams > 0 ? model.width / model.ngrams : model.width;
  for (int i = t.index(); i < board.rows * model.width; i += t.count()) {
    const int row = i / model.width;
    const int e = i % model.width;
    float value = model.embedding[board.row[row].byte * model.width + e];
    if (model.step_bytes == 2) {
      value = value + model.embedding[(kVocabulary + board.row[row].second) * model.width + e];
    }
    if (model.ngrams > 0) {
      const size_t picked = static_cast<size_t>(board.pick[row][e / slice]);
      value = value + model.tables[e / slice][picked * static_cast<size_t>(slice) +
                                              static_cast<size_t>(e % slice)];
    }
    x[row * stride + e] = value;
  }
}

}  // namespace xinglin::cuda
