#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_portable.h"

namespace xinglin::cpu {

const Kernels& portable_kernels() { return kernels_of<PortableSimd>("portable"); }

}  // namespace xinglin::cpu
