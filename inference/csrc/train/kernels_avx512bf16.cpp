#include "train/kernel_table.h"
#include "train/simd_avx512bf16.h"

namespace xinglin::train {

const Kernels& avx512bf16_kernels() {
  static constexpr Kernels kKernels = make_kernels<Avx512Bf16Simd>("avx512bf16");
  return kKernels;
}

}  // namespace xinglin::train
