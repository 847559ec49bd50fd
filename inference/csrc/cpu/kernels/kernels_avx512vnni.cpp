#include "cpu/kernels/kernel_table.h"
#include "cpu/kernels/simd_avx512vnni.h"

namespace xinglin::cpu {

const Kernels& avx512vnni_kernels() {
  static constexpr Kernels kKernels = make_kernels<Avx512VnniSimd>("avx512vnni");
  return kKernels;
}

}  // namespace xinglin::cpu
