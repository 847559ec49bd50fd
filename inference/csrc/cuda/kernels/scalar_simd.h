/// Arithmetic of one thread, the same as that of a lane of the CPU kernels.
///
/// float32 without fused multiply-adds, division and square root correctly rounded: results are the
/// CPU's bit by bit, so that either backend can go on where the other stopped.
#pragma once

#include <cmath>
#include <cstring>

#include "common/exp.h"
#include "common/host_device.h"

namespace xinglin::cuda {

/// One lane of the structs in common/simd_*.h, for the templates that are written over them.
struct ScalarSimd {
  using F = float;
  using I = int32_t;

  XL_HD static F set(float x) { return x; }
  XL_HD static F add(F a, F b) { return a + b; }
  XL_HD static F sub(F a, F b) { return a - b; }
  XL_HD static F mul(F a, F b) { return a * b; }
  XL_HD static F multiply_add(F a, F b, F c) { return a * b + c; }
  XL_HD static F max(F a, F b) { return a > b ? a : b; }
  XL_HD static F where_greater(F x, F limit, F value) { return x > limit ? value : 0.0F; }
  XL_HD static I to_int(F f) { return static_cast<I>(rintf(f)); }
  XL_HD static F to_float(I n) { return static_cast<F>(n); }
  XL_HD static F power_of_two(I n) {
    const int32_t bits = (n + 127) * (1 << 23);
    F f;
    memcpy(&f, &bits, sizeof f);
    return f;
  }
};

XL_HD inline float exp_of(float x) { return exp_or_zero<ScalarSimd>(x); }

/// Sixteen bytes that are moved together.
struct alignas(16) Sixteen {
  int32_t word[4];
};

XL_HD inline Sixteen load_sixteen(const void* from) { return *static_cast<const Sixteen*>(from); }

/// Weights are read-only and larger than the first-level cache: they are read past it.
XL_DEVICE inline Sixteen load_weights(const void* from) {
#if defined(__CUDA_ARCH__)
  Sixteen s;
  asm("ld.global.nc.L1::no_allocate.v4.s32 {%0, %1, %2, %3}, [%4];"
      : "=r"(s.word[0]), "=r"(s.word[1]), "=r"(s.word[2]), "=r"(s.word[3])
      : "l"(from));
  return s;
#else
  return load_sixteen(from);
#endif
}

/// sum + the products of four int8 with four int8.
XL_HD inline int32_t dot4(int32_t a, int32_t b, int32_t sum) {
#if defined(__CUDA_ARCH__)
  return __dp4a(a, b, sum);
#else
  int8_t x[4];
  int8_t y[4];
  memcpy(x, &a, 4);
  memcpy(y, &b, 4);
  for (int i = 0; i < 4; ++i) sum += x[i] * y[i];
  return sum;
#endif
}

XL_HD inline int32_t dot16(const Sixteen& a, const Sixteen& b, int32_t sum) {
  for (int i = 0; i < 4; ++i) sum = dot4(a.word[i], b.word[i], sum);
  return sum;
}

}  // namespace xinglin::cuda
