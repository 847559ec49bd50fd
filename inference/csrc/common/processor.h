/// Instruction sets that run here: the processor has them, and the system saves their registers.
#pragma once

namespace xinglin {

struct Processor {
  bool avx2 = false;
  bool fma = false;
  bool avxvnni = false;
  bool avx512 = false;  // F, DQ, BW and VL
  bool avx512vnni = false;
  bool avx512bf16 = false;
  bool neon_dot = false;  // Armv8.2 with FEAT_DotProd: four int8 products at a time
};

/// Looked up once.
const Processor& processor();

}  // namespace xinglin
