/// The operations of one instruction set, as function pointers.
#pragma once

#include "cpu/kernels/layout.h"

namespace xinglin::cpu {

/// Each is the template of the same name in linear.h, quantize.h, norm.h or attention.h.
struct Kernels {
  const char* name;
  bool offset;  // activations are kept 128 too large

  void (*linear)(const PackedView& w, const RowsView& x, float* y, size_t y_stride, bool add);
  void (*quantize)(const float* x, size_t stride, int rows, int width, int8_t* q, size_t q_stride,
                   float* scale);
  void (*normalise)(float* x, size_t stride, int rows, int width, int groups);
  void (*gate)(float* z, size_t z_stride, int rows, int width, int heads, int8_t* q,
               size_t q_stride, float* scale);
  void (*gate_mixed)(float* mixed, size_t stride, const float* g, size_t g_stride, int rows,
                     int width, int heads, int8_t* q, size_t q_stride, float* scale);
  void (*store_kv)(const HeadView& head, int64_t first, int rows, int r, const float* key,
                   const float* query, const float* value, size_t stride, int8_t* q,
                   size_t q_stride, float* q_scale, size_t q_scale_stride);
  void (*attend)(const HeadView& head, const QueryView& query, const float* bias, int context,
                 float* scores, size_t stride, float* y, size_t y_stride);
  void (*exp)(const float* x, int n, float* y);  // n a multiple of 16
};

const Kernels& portable_kernels();
#if defined(XL_X86)
const Kernels& avx2_kernels();
const Kernels& avxvnni_kernels();
const Kernels& avx512vnni_kernels();
#elif defined(XL_ARM64)
const Kernels& neon_kernels();
#endif

/// The i-th kernels that this processor and system can run, best first; null past the end.
const Kernels* usable_kernels(int i);

/// The kernels of that name ("auto": the best), or null when they are unknown or cannot run here.
const Kernels* find_kernels(const char* name);

}  // namespace xinglin::cpu
