#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_avx512vnni.h"

namespace xinglin::cpu {

const Kernels& avx512vnni_kernels() { return kernels_of<Avx512VnniSimd>("avx512vnni"); }

}  // namespace xinglin::cpu
