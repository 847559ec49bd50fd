#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_neon.h"

namespace xinglin::cpu {

const Kernels& neon_kernels() {
  static constexpr Kernels kKernels = make_kernels<NeonSimd>("neon");
  return kKernels;
}

}  // namespace xinglin::cpu
