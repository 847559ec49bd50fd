#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_portable.h"

namespace xinglin::cpu {

const Kernels& portable_kernels() {
  static constexpr Kernels kKernels = make_kernels<PortableSimd>("portable");
  return kKernels;
}

}  // namespace xinglin::cpu
