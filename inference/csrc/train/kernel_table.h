/// The table of one instruction set. Included by one source file for each, which is compiled
/// for that instruction set; everything here is a template over its lanes, so that no function
/// made of its instructions can be taken by another file.
#pragma once

#include "train/attention_backward.h"
#include "train/gate.h"
#include "train/kernels.h"
#include "train/loss.h"
#include "train/optimizer.h"

namespace xinglin::train {

template <class S>
const Kernels& kernels_of(const char* name) {
  static const Kernels kKernels = {name,
                                   S::kPair,
                                   static_cast<int>(sizeof(typename S::Element)),
                                   multiply<S>,
                                   weave<S>,
                                   pack_forward<S>,
                                   pack_backward<S>,
                                   mirror<S>,
                                   to_elements<S>,
                                   norm_rows<S>,
                                   norm_rows_backward<S>,
                                   norm_parts<S>,
                                   mix_rows<S>,
                                   unmix_rows<S>,
                                   add_rows<S>,
                                   gate_forward<S>,
                                   gate_backward<S>,
                                   attend_forward<S>,
                                   attend_backward<S>,
                                   softmax_rows<S>,
                                   loss_rows<S>,
                                   add_arrays<S>,
                                   blend_momentum<S>,
                                   move_array<S>,
                                   scale_array<S>,
                                   adam_array<S>};
  return kKernels;
}

}  // namespace xinglin::train
