/// The instruction sets that may run here.
#include "common/kernel_list.h"
#include "common/processor.h"
#include "cpu/kernels/kernels.h"

namespace xinglin::cpu {
namespace {

KernelList<Kernels> list() {
  KernelList<Kernels> kernels;
#if defined(XL_X86)
  if (processor().avx512vnni) kernels.add(avx512vnni_kernels());
#if defined(XL_AVXVNNI)
  if (processor().avxvnni) kernels.add(avxvnni_kernels());
#endif
  if (processor().avx2) kernels.add(avx2_kernels());
#elif defined(XL_ARM64)
  if (processor().neon_dot) kernels.add(neon_kernels());
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

const Kernels* find_kernels(const char* name) { return usable().find(name); }

}  // namespace xinglin::cpu
