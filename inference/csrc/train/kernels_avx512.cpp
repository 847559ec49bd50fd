#include "train/kernel_table.h"
#include "train/simd_avx512.h"

namespace xinglin::train {

const Kernels& avx512_kernels() { return kernels_of<Avx512Simd>("avx512"); }

}  // namespace xinglin::train
