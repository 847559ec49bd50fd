/// The operations of one instruction set, as function pointers.
#pragma once

#include "train/layout.h"

namespace xinglin::train {

struct AdamStep;
struct AttendRows;
struct GateRows;
struct Targets;
struct Window;

/// Each is the template of the same name in product.h, norm.h, gate.h, attention.h, loss.h,
/// optimizer.h.
struct Kernels {
  const char* name;
  int pair;     // elements in a word
  int element;  // bytes of an element

  void (*multiply)(const Left& a, const Right& b, int rows, int panels, int steps, float* c,
                   int64_t stride, bool add);
  void (*weave)(const void* x, int64_t stride, int rows, int columns, uint32_t* words,
                int64_t panel);
  void (*pack_forward)(const float* w, int outputs, int inputs, uint32_t* words);
  void (*pack_backward)(const float* w, int outputs, int inputs, uint32_t* words);
  void (*mirror)(float* x, int64_t stride, int n);
  void (*to_elements)(const float* x, int64_t stride, int rows, int columns, void* y,
                      int64_t y_stride);

  void (*norm_rows)(const float* x, int64_t stride, int rows, int width, void* n, float* scale);
  void (*norm_rows_backward)(const float* d, const void* n, const float* scale, int64_t stride,
                             int rows, int width, float* into);
  void (*norm_parts)(const float* z, int64_t stride, int rows, const Sizes& sizes, int parts,
                     void* n, int64_t n_stride, float* scale);
  void (*mix_rows)(float* z, int64_t stride, int rows, int width, const float* mix, float* before,
                   void* raw, int64_t raw_stride);
  void (*unmix_rows)(void* d, int64_t stride, int rows, int width, const float* mix,
                     const void* raw, int64_t raw_stride, float* slopes);
  void (*add_rows)(const void* y, int64_t stride, int rows, int width, const float* table,
                   const uint8_t* bytes, int step, float* z);
  void (*gate_forward)(const float* z, int64_t stride, int rows, const Sizes& sizes,
                       const GateRows& saved);
  void (*gate_backward)(const float* d, int64_t stride, int rows, const Sizes& sizes,
                        const GateRows& saved, void* dz);
  void (*attend_forward)(const Window& window, const Sizes& sizes, const AttendRows& saved,
                         float* scratch);
  void (*attend_backward)(const Window& window, const Sizes& sizes, const AttendRows& saved,
                          const float* d, void* dz, float* bias, int context, float* scratch);
  void (*softmax_rows)(float* logits, int rows);
  double (*loss_rows)(float* logits, int rows, const Targets& targets, float* losses, void* slopes);

  float (*add_arrays)(float* into, const float* const* others, int count, int64_t n);
  float (*blend_momentum)(const float* g, float share, int64_t n, float* m, float* d);
  void (*move_array)(const float* x, float by, float keep, int64_t n, float* w);
  void (*scale_array)(const float* x, float by, int64_t n, float* y);
  void (*adam_array)(const float* g, const AdamStep& step, int64_t n, float* w, float* m, float* v);
};

const Kernels& portable_kernels();
#if defined(XL_X86)
const Kernels& avx2_kernels();
const Kernels& avx512_kernels();
const Kernels& avx512bf16_kernels();
#elif defined(XL_ARM64)
const Kernels& neon_kernels();
#endif

/// The i-th kernels that this processor and system can run, best first; null past the end.
const Kernels* usable_kernels(int i);

/// The kernels of that name ("auto": the best; "float32": the best whose elements are float32), or
/// null when they are unknown or cannot run here.
const Kernels* find_kernels(const char* name);

}  // namespace xinglin::train
