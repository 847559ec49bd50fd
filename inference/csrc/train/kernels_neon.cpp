#include "train/kernel_table.h"
#include "train/simd_neon.h"

namespace xinglin::train {

const Kernels& neon_kernels() { return kernels_of<NeonSimd>("neon"); }

}  // namespace xinglin::train
