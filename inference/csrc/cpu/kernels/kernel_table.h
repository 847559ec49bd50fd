/// The table of one instruction set. Included by one source file for each, which is compiled
/// for that instruction set; everything here is a template over its lanes, so that no function
/// made of its instructions can be taken by another file.
#pragma once

#include "cpu/kernels/attention.h"
#include "cpu/kernels/kernels.h"

namespace xinglin::cpu {

template <class S>
void exp_array(const float* x, int n, float* y) {
  for (int i = 0; i < n; i += kLanes) S::store(y + i, exp_or_zero<S>(S::load(x + i)));
}

template <class S>
const Kernels& kernels_of(const char* name) {
  static const Kernels kKernels = {name,    S::kOffset,    linear<S>,   quantize<S>, normalise<S>,
                                   gate<S>, gate_mixed<S>, store_kv<S>, attend<S>,   exp_array<S>};
  return kKernels;
}

}  // namespace xinglin::cpu
