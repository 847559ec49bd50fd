#include "train/kernel_table.h"
#include "train/simd_avx2.h"

namespace xinglin::train {

const Kernels& avx2_kernels() { return kernels_of<Avx2Simd>("avx2"); }

}  // namespace xinglin::train
