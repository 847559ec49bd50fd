#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_avxvnni.h"

namespace xinglin::cpu {

const Kernels& avxvnni_kernels() { return kernels_of<AvxVnniSimd>("avxvnni"); }

}  // namespace xinglin::cpu
