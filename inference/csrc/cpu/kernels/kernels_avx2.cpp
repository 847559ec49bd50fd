#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_avx2.h"

namespace xinglin::cpu {

const Kernels& avx2_kernels() {
  static constexpr Kernels kKernels = make_kernels<Avx2Simd>("avx2");
  return kKernels;
}

}  // namespace xinglin::cpu
