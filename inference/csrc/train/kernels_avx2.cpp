#include "train/kernel_table.h"
#include "train/simd_avx2.h"

namespace xinglin::train {

const Kernels& avx2_kernels() {
  static constexpr Kernels kKernels = make_kernels<Avx2Simd>("avx2");
  return kKernels;
}

}  // namespace xinglin::train
