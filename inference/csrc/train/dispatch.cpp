/// Which instruction sets may train here: the processor has them and the system saves their
/// registers.
#include <cstring>

#include "train/kernels.h"

namespace xinglin::train {
namespace {

struct Usable {
  const Kernels* kernels[5] = {};
  int count = 0;

  Usable() {
#if defined(XL_X86)
    __builtin_cpu_init();
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                        __builtin_cpu_supports("fma");
    if (avx512 && __builtin_cpu_supports("avx512bf16")) add(avx512bf16_kernels());
    if (avx512) add(avx512_kernels());
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) add(avx2_kernels());
#elif defined(XL_ARM64)
    add(neon_kernels());
#endif
    add(portable_kernels());
  }

  void add(const Kernels& found) { kernels[count++] = &found; }
};

const Usable& usable() {
  static const Usable kUsable;
  return kUsable;
}

}  // namespace

const Kernels* usable_kernels(int i) {
  return i >= 0 && i < usable().count ? usable().kernels[i] : nullptr;
}

const Kernels* find_kernels(const char* name) {
  for (int i = 0; i < usable().count; ++i) {
    const Kernels* found = usable().kernels[i];
    const bool exact = found->pair == 1;
    if (std::strcmp(name, found->name) == 0 || std::strcmp(name, "auto") == 0 ||
        (exact && std::strcmp(name, "float32") == 0)) {
      return found;
    }
  }
  return nullptr;
}

}  // namespace xinglin::train
