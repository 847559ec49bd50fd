/// State of one block in shared memory: its sequences and the rows of the step under way.
#pragma once

#include "cuda/kernels/layout.h"

namespace xinglin::cuda {

/// One byte or pair of one sequence on its way through the model.
struct Row {
  int slot;
  uint8_t byte;
  uint8_t second;  // of a pair
  bool wanted;     // whether its logits are
  bool blank;      // no step: stands for the output that was before
  bool replayed;   // its keys and values are kept already
  uint8_t fed;     // how many of its bytes the history has already
  int given;       // the first byte after it, or -1: it is drawn
  int64_t position;
  float* logits;         // where they go; null when a byte is drawn from them
  float* second_logits;  // likewise of the second head
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

struct BlockState {
  int sequences;
  int rows;
  int wanted;     // rows whose logits are wanted
  int penalised;  // rows of sequences that draw with XL_WYGPT
  SequenceState sequence[kMostRows];
  Row row[kMostRows];
  int pick[kMostRows][kMostOrders];  // rows of the n-gram tables
  Pair pair[kMostPairs];
};

}  // namespace xinglin::cuda
