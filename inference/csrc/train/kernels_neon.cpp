#include "train/kernel_table.h"
#include "train/simd_neon.h"

namespace xinglin::train {

const Kernels& neon_kernels() {
  static constexpr Kernels kKernels = make_kernels<NeonSimd>("neon");
  return kKernels;
}

}  // namespace xinglin::train
