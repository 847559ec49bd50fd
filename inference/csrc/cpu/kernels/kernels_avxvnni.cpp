#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_avxvnni.h"

namespace xinglin::cpu {

const Kernels& avxvnni_kernels() {
  static constexpr Kernels kKernels = make_kernels<AvxVnniSimd>("avxvnni");
  return kKernels;
}

}  // namespace xinglin::cpu
