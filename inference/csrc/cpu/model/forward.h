/// One step of the model: rows of (sequence, byte or pair) in, logits out.
#pragma once

#include <vector>

#include "cpu/model/kv_cache.h"
#include "cpu/model/model.h"

namespace xinglin::cpu {

/// Consecutive steps of one sequence; they enter at cache->length().
struct Run {
  KvCache* cache;
  const uint8_t* bytes;  // of each step one, or two
  int rows;
  int logit_rows;  // of how many of the last rows the output is wanted
};

/// Outputs that go into a head, and the place of its rows of logits.
struct HeadRows {
  const int* rows;
  int count;
  float* logits;
  size_t stride;  // of the rows of logits
};

/// Scratch space for up to `max_rows` rows; one thread at a time.
class Forward {
 public:
  Forward(const Model& model, int max_rows);

  /// Compute all runs together and advance their caches. logits: (sum of logit_rows, 256) in the
  /// order of the runs. No cache may appear twice; a run's rows fit its cache's chunk.
  void step(const Run* runs, int count, float* logits);

  // The same in parts, for steps that are pairs.

  /// Compute all runs together and advance their caches; returns how many outputs are wanted. They
  /// are numbered from 0 in the order of the runs. Number -1 is zeros, or what `carry` put there.
  int read(const Run* runs, int count);
  /// Make an output number -1 of the next `read`, or zeros again.
  void carry(int row);
  void clear();
  /// The first byte after each of some outputs.
  void head(const HeadRows& wanted);
  /// The second byte, after each of some outputs and a first byte.
  void second_head(const HeadRows& wanted, const uint8_t* firsts);

 private:
  void embed(const Run* runs, int count);
  void embed_step(const uint8_t* bytes, float* x) const;
  void add_ngrams(const Run& run, float* x);
  void gate(const GateWeights& weights, float* x, int rows);
  void attend(const Run* runs, int count, int layer);
  void mix(const Run* runs, int count, int layer);
  void mix_run(const Run& run, float* z, int layer);
  void store_run(const Run& run, int row, int layer);
  void store_rows(const HeadView& head, int64_t first, int rows, int row, size_t at);
  void attend_run(const Run& run, int row, int layer);
  const AttentionWeights& attention_of(int layer) const {
    return model_.blocks()[static_cast<size_t>(layer)].attention;
  }
  int8_t* query_of(int row, size_t head) const;
  int gather(const Run* runs, int count);
  RowsView rows_of(const int8_t* q) const;
  float* row_of(float* x, int row) const {
    return x + row * static_cast<std::ptrdiff_t>(x_stride_);
  }

  const Model& model_;
  int rows_ = 0;
  size_t x_stride_, z_stride_, q_stride_, query_stride_, score_stride_;
  std::vector<uint8_t> text_;  // the run's bytes and those before it that n-grams need
  Arena arena_;
  float* x_;            // (rows, E) residual, one row more before the first; then outputs
  float* z_;            // (rows, 4E)
  float* mixed_;        // (rows, E)
  int8_t* q_;           // (rows, E) quantized input of the next matrix
  float* scale_;        // (rows,)
  int8_t* query_;       // (rows, H, r)
  float* query_scale_;  // (rows, H)
  float* scores_;       // (4, context)
  float* head_mixed_;   // (4, r)
  float* raw_;          // (2, E) keys and values before they are mixed
  uint8_t* replayed_;   // a panel for keys and values that are kept already
};

}  // namespace xinglin::cpu
