/// What one block keeps in shared memory about its streams and the rows of the step under way.
#pragma once

#include "cuda/layout.h"

namespace xinglin::cuda {

/// One byte of one stream on its way through the model.
struct Row {
  int seat;
  uint8_t byte;
  bool wanted;  // whether its logits are
  int64_t position;
  float* logits;  // where they go; null when a byte is drawn from them
};

/// One row's attention with one head.
struct Pair {
  int row, head;
  int64_t oldest, newest;  // positions that are looked at
  int64_t first;           // position of the first panel
  int count;               // positions from there on, a multiple of 16
  float maximum;
  float inverse;  // steps of a weight in 1.0
  float unit;     // what one step is worth, the sum of all taken out
};

struct Board {
  int streams;
  int rows;
  int wanted;     // rows whose logits are wanted
  int penalised;  // rows of streams that draw with XL_WYGPT
  Stream stream[kMostRows];
  Row row[kMostRows];
  int pick[kMostRows][kMostOrders];  // rows of the n-gram tables
  Pair pair[kMostPairs];
};

/// Lay out a block's shared memory of at most `limit` bytes: as many rows, and then as many score
/// rows, as fit. `rows` is 0 when not even one does.
SharedPlan plan_shared(int width, int heads, int context, size_t limit);

}  // namespace xinglin::cuda
