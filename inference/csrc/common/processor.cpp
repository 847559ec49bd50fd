#include "common/processor.h"

#include <cstdint>

#if defined(XL_X86)
#include <cpuid.h>
#elif defined(XL_ARM64) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace xinglin {
namespace {

#if defined(XL_X86)

constexpr uint64_t kYmmState = 0x06;  // SSE and AVX
constexpr uint64_t kZmmState = 0xE6;  // the mask registers and both halves of the zmm, too

bool has(uint32_t word, int bit) { return ((word >> bit) & 1U) != 0; }

/// XCR0: the register states that the system saves on a switch.
uint64_t saved_states() {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

Processor look() {
  Processor processor;
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return processor;
  const bool osxsave = has(c, 27);
  const bool avx = has(c, 28);
  if (!osxsave || !avx) return processor;
  const bool fma = has(c, 12);
  const uint64_t states = saved_states();
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return processor;
  processor.avx2 = (states & kYmmState) == kYmmState && has(b, 5);
  processor.fma = processor.avx2 && fma;
  const bool foundation = has(b, 16) && has(b, 17) && has(b, 30) && has(b, 31);  // F, DQ, BW, VL
  processor.avx512 = processor.avx2 && (states & kZmmState) == kZmmState && foundation;
  processor.avx512vnni = processor.avx512 && has(c, 11);
  const uint32_t leaves = a;
  if (leaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) {
    processor.avxvnni = processor.avx2 && has(a, 4);
    processor.avx512bf16 = processor.avx512 && has(a, 5);
  }
  return processor;
}

#elif defined(XL_ARM64)

Processor look() {
  Processor processor;
#if defined(__linux__)
  processor.neon_dot = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#elif defined(__APPLE__)
  processor.neon_dot = true;  // every Apple processor that runs 64-bit macOS
#endif
  return processor;
}

#else

Processor look() { return {}; }

#endif

}  // namespace

const Processor& processor() {
  static const Processor kProcessor = look();
  return kProcessor;
}

}  // namespace xinglin
