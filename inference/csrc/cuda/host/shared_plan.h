/// The layout of a block's shared memory.
#pragma once

#include "cuda/kernels/block_state.h"

namespace xinglin::cuda {

/// Resources of a block.
struct BlockSize {
  size_t shared_bytes;  // at most
  int warps;
  int run;  // tiles that a weight pipeline would fetch together; 0: the device cannot
};

/// Lay out a block's shared memory: as many rows as fit, a weight pipeline if a whole row's scores
/// then still do, and as many score rows as there is room for. `rows` is 0 when not even one fits.
SharedPlan plan_shared(int width, int heads, int context, const BlockSize& block);

}  // namespace xinglin::cuda
