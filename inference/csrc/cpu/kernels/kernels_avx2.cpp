#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_avx2.h"

namespace xinglin::cpu {

const Kernels& avx2_kernels() { return kernels_of<Avx2Simd>("avx2"); }

}  // namespace xinglin::cpu
