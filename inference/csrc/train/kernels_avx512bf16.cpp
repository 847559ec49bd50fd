#include "train/kernel_table.h"
#include "train/simd_avx512bf16.h"

namespace xinglin::train {

const Kernels& avx512bf16_kernels() { return kernels_of<Avx512Bf16Simd>("avx512bf16"); }

}  // namespace xinglin::train
