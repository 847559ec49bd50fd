#include "train/kernel_table.h"
#include "train/simd_portable.h"

namespace xinglin::train {

const Kernels& portable_kernels() { return kernels_of<PortableSimd>("portable"); }

}  // namespace xinglin::train
