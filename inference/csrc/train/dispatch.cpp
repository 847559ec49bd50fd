/// The instruction sets that may train here.
#include <cstring>

#include "common/kernel_list.h"
#include "common/processor.h"
#include "train/kernels.h"

namespace xinglin::train {
namespace {

KernelList<Kernels> list() {
  KernelList<Kernels> kernels;
#if defined(XL_X86)
  const bool avx512 = processor().avx512 && processor().fma;
  if (avx512 && processor().avx512bf16) kernels.add(avx512bf16_kernels());
  if (avx512) kernels.add(avx512_kernels());
  if (processor().fma) kernels.add(avx2_kernels());
#elif defined(XL_ARM64)
  kernels.add(neon_kernels());
#endif
  kernels.add(portable_kernels());
  return kernels;
}

const KernelList<Kernels>& usable() {
  static const KernelList<Kernels> kUsable = list();
  return kUsable;
}

}  // namespace

const Kernels* usable_kernels(int i) { return usable().at(i); }

const Kernels* find_kernels(const char* name) {
  if (std::strcmp(name, "float32") != 0) return usable().find(name);
  int i = 0;
  while (usable().at(i)->pair != 1) ++i;  // the portable ones are float32 at last
  return usable().at(i);
}

}  // namespace xinglin::train
