/// Which instruction sets may run here: the processor has them and the system saves their
/// registers.
#include <cstring>

#include "cpu/kernels.h"

#if defined(XL_X86)
#include <cpuid.h>
#elif defined(XL_ARM64) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace xinglin::cpu {
namespace {

#if defined(XL_X86)

constexpr uint64_t kYmmState = 0x06;  // SSE and AVX
constexpr uint64_t kZmmState = 0xE6;  // the mask registers and both halves of the zmm, too

struct Processor {
  bool avx2 = false;
  bool avxvnni = false;
  bool avx512vnni = false;
};

bool has(uint32_t word, int bit) { return ((word >> bit) & 1U) != 0; }

/// XCR0: the register states that the system saves on a switch.
uint64_t saved_states() {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

Processor look() {
  Processor found;
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return found;
  const bool osxsave = has(c, 27);
  const bool avx = has(c, 28);
  if (!osxsave || !avx) return found;
  const uint64_t states = saved_states();
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
  found.avx2 = (states & kYmmState) == kYmmState && has(b, 5);
  const bool foundation = has(b, 16) && has(b, 17) && has(b, 30) && has(b, 31);  // F, DQ, BW, VL
  const bool vnni = has(c, 11);
  found.avx512vnni = found.avx2 && (states & kZmmState) == kZmmState && foundation && vnni;
  const uint32_t leaves = a;
  if (leaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) {
    found.avxvnni = found.avx2 && has(a, 4);
  }
  return found;
}

#elif defined(XL_ARM64)

/// Whether the processor multiplies int8 four at a time: Armv8.2 with FEAT_DotProd.
bool has_dot_product() {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#elif defined(__APPLE__)
  return true;  // every Apple processor that runs 64-bit macOS
#else
  return false;
#endif
}

#endif

struct Usable {
  const Kernels* kernels[4] = {};
  int count = 0;

  Usable() {
#if defined(XL_X86)
    const Processor processor = look();
    if (processor.avx512vnni) kernels[count++] = &avx512vnni_kernels();
#if defined(XL_AVXVNNI)
    if (processor.avxvnni) kernels[count++] = &avxvnni_kernels();
#endif
    if (processor.avx2) kernels[count++] = &avx2_kernels();
#elif defined(XL_ARM64)
    if (has_dot_product()) kernels[count++] = &neon_kernels();
#endif
    kernels[count++] = &portable_kernels();
  }
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
  if (std::strcmp(name, "auto") == 0) return usable_kernels(0);
  for (int i = 0; i < usable().count; ++i) {
    if (std::strcmp(name, usable().kernels[i]->name) == 0) return usable().kernels[i];
  }
  return nullptr;
}

}  // namespace xinglin::cpu
