#include "train/kernel_table.h"
#include "train/simd_avx512.h"

namespace xinglin::train {

const Kernels& avx512_kernels() {
  static constexpr Kernels kKernels = make_kernels<Avx512Simd>("avx512");
  return kKernels;
}

}  // namespace xinglin::train
