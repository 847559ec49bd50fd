/// One step of the model: rows of (sequence, byte) in, logits out.
#pragma once

#include <vector>

#include "cpu/cache.h"
#include "cpu/model.h"

namespace xinglin::cpu {

/// Consecutive bytes of one sequence; they enter at cache->length().
struct Run {
  Cache* cache;
  const uint8_t* bytes;
  int rows;
  int logit_rows;  // of how many of the last rows the logits are wanted
};

/// Scratch space for up to `max_rows` rows; one thread at a time.
class Forward {
 public:
  Forward(const Model& model, int max_rows);

  /// Compute all runs together and advance their caches. logits: (sum of logit_rows, 256) in the
  /// order of the runs. No cache may appear twice; a run's rows fit its cache's chunk.
  void step(const Run* runs, int count, float* logits);

 private:
  void embed(const Run* runs, int count);
  void add_ngrams(const Run& run, float* x);
  void gate(const PackedView& u, const PackedView& o);
  void attend(const Run* runs, int count, int layer);
  void keep_run(const Run& run, int row, int layer);
  void attend_run(const Run& run, int row, int layer);
  int8_t* query_of(int row, size_t head) const;
  void head(const Run* runs, int count, float* logits);
  RowsView rows_of(const int8_t* q) const;

  const Model& model_;
  int rows_ = 0;
  size_t x_stride_, z_stride_, q_stride_, query_stride_, score_stride_;
  std::vector<uint8_t> text_;  // the run's bytes and those before it that n-grams need
  Arena arena_;
  float* x_;            // (rows, E) residual
  float* z_;            // (rows, 4E)
  float* mixed_;        // (rows, E)
  int8_t* q_;           // (rows, E) quantized input of the next matrix
  float* scale_;        // (rows,)
  int8_t* query_;       // (rows, H, r)
  float* query_scale_;  // (rows, H)
  float* scores_;       // (4, context)
  float* head_mixed_;   // (4, r)
};

}  // namespace xinglin::cpu
