/// A thread of a block on the device, and its collective operations.
///
/// Every kernel is a template over this; tests run the same templates on the host with
/// tests/inference/csrc/emulator.h.
#pragma once

#include <cstdint>

#include "cuda/kernels/copies.cuh"
#include "cuda/kernels/scalar_simd.h"

namespace xinglin::cuda {

struct Thread : Copies {
#if __CUDA_ARCH__ >= 800
  /// Whether `multiply` is there: int8 tensor cores with tiles of 16 x 8 x 32.
  static constexpr bool kTensorCores = true;
#else
  static constexpr bool kTensorCores = false;
#endif

  __device__ int index() const { return static_cast<int>(threadIdx.x); }
  __device__ int count() const { return static_cast<int>(blockDim.x); }
  __device__ int block() const { return static_cast<int>(blockIdx.x); }
  __device__ int lane() const { return index() % 32; }
  __device__ int warp() const { return index() / 32; }
  __device__ int warps() const { return count() / 32; }

  /// Wait for all threads of the block; what they wrote is seen after.
  __device__ void sync() const { __syncthreads(); }
  /// Likewise for the 32 threads of the warp.
  __device__ void sync_warp() const { __syncwarp(); }

  /// The value of the thread whose lane differs by these bits; all 32 take part.
  template <class V>
  __device__ V swap(V value, int bits) const {
    return __shfl_xor_sync(0xFFFFFFFFU, value, bits);
  }
  /// Bit l is what lane l says; all 32 take part.
  __device__ uint32_t vote(bool yes) const { return __ballot_sync(0xFFFFFFFFU, yes); }

  /// Asynchronous copies of the warp; all 32 take part. See copies.cuh.
  __device__ void open_stages(uint64_t* ready, int count) const {
    Copies::open_stages(ready, count, lane());
    __syncwarp();
  }
  __device__ void fetch(uint64_t* ready, void* to, const void* from, int bytes) const {
    Copies::fetch(ready, to, from, bytes, lane());
  }

  /// sum (16 outputs x 8 rows) += weights (16 x 32) times activations (32 x 8), all int8; each lane
  /// holds its part as mma.m16n8k32 has it.
  __device__ void multiply(int32_t (&sum)[4], const Sixteen& w, const int32_t (&x)[2]) const {
#if __CUDA_ARCH__ >= 800
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3])
        : "r"(w.word[0]), "r"(w.word[1]), "r"(w.word[2]), "r"(w.word[3]), "r"(x[0]), "r"(x[1]));
#else
    (void)sum, (void)w, (void)x;
#endif
  }
};

}  // namespace xinglin::cuda
