#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_neon.h"

namespace xinglin::cpu {

const Kernels& neon_kernels() { return kernels_of<NeonSimd>("neon"); }

}  // namespace xinglin::cpu
