/// The bytes' embeddings and, added to them, the vectors that the last bytes pick.
/// Reference: inference/ngram.py.
#pragma once

#include "cuda/board.h"
#include "ngram_hash.h"

namespace xinglin::cuda {

/// The row of one table that the bytes up to `position` pick.
XL_HD inline uint32_t pick_row(const uint8_t* recent, int64_t position, int order, uint32_t rows) {
  uint32_t running = 0;
  for (int back = 0; back < order; ++back) {
    const bool known = back <= position;
    running = hash_unit(running, known, known ? recent[(position - back) % kRecent] : uint8_t{0});
  }
  return spread_hash(running) % rows;
}

/// x: (rows, E).
template <class T>
XL_DEVICE void embed(const T& t, const ModelView& model, Board& board, float* x, int stride) {
  for (int i = t.index(); i < board.rows * model.ngrams; i += t.count()) {
    const Row& row = board.row[i / model.ngrams];
    const int table = i % model.ngrams;
    board.pick[i / model.ngrams][table] = static_cast<int>(pick_row(
        board.stream[row.seat].recent, row.position, model.orders[table], model.ngram_rows));
  }
  t.sync();
  const int slice = model.ngrams > 0 ? model.width / model.ngrams : model.width;
  for (int i = t.index(); i < board.rows * model.width; i += t.count()) {
    const int row = i / model.width;
    const int e = i % model.width;
    float value = model.embedding[board.row[row].byte * model.width + e];
    if (model.ngrams > 0) {
      const size_t picked = static_cast<size_t>(board.pick[row][e / slice]);
      value = value + model.tables[e / slice][picked * static_cast<size_t>(slice) +
                                              static_cast<size_t>(e % slice)];
    }
    x[row * stride + e] = value;
  }
}

}  // namespace xinglin::cuda
