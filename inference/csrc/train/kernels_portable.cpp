#include "train/kernel_table.h"
#include "train/simd_portable.h"

namespace xinglin::train {

const Kernels& portable_kernels() {
  static constexpr Kernels kKernels = make_kernels<PortableSimd>("portable");
  return kKernels;
}

}  // namespace xinglin::train
