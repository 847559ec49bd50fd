/// A warp's asynchronous copies from global to shared memory, by what the device has.
///
/// sm_90 and later: one lane lets the copy engine move a whole run, which a barrier in shared
/// memory counts in bytes. sm_80: each lane moves the sixteen bytes that it will read itself, in
/// groups that it waits for by age. Before: none. Source: PTX ISA, "cp.async.bulk", "mbarrier",
/// "cp.async" and "cp.async.wait_group".
#pragma once

#include <cstdint>

#include "cuda/kernels/layout.h"

namespace xinglin::cuda {

#if __CUDA_ARCH__ >= 900

struct Copies {
  /// Tiles of 512 bytes that are fetched together; 0: the device cannot.
  static constexpr int kRun = 2;

  __device__ void await_stage(uint64_t* ready, uint32_t parity) const {
    asm volatile(
        "{\n"
        ".reg .pred done;\n"
        "again:\n"
        "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
        "@!done bra again;\n"
        "}" ::"r"(address(ready)),
        "r"(parity)
        : "memory");
  }
  __device__ void await_all() const {}

 protected:
  __device__ static uint32_t address(const void* shared) {
    return static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  }

  __device__ static void open_stages(uint64_t* ready, int count, int lane) {
    if (lane != 0) return;
    for (int i = 0; i < count; ++i) {
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(address(ready + i)) : "memory");
    }
    // The copy engine is to see barriers, too.
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  }

  __device__ static void fetch(uint64_t* ready, void* to, const void* from, int bytes, int lane) {
    if (lane != 0) return;
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(address(ready)),
                 "r"(bytes)
                 : "memory");
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
            "r"(address(to)),
        "l"(__cvta_generic_to_global(from)), "r"(bytes), "r"(address(ready))
        : "memory");
  }
};

#elif __CUDA_ARCH__ >= 800

struct Copies {
  static constexpr int kRun = 1;

  /// The oldest of kStages groups.
  __device__ void await_stage(uint64_t*, uint32_t) const {
    asm volatile("cp.async.wait_group %0;" ::"n"(kStages - 1) : "memory");
  }
  __device__ void await_all() const { asm volatile("cp.async.wait_all;" ::: "memory"); }

 protected:
  __device__ static void open_stages(uint64_t*, int, int) {}

  __device__ static void fetch(uint64_t*, void* to, const void* from, int bytes, int lane) {
    const uint32_t target = static_cast<uint32_t>(__cvta_generic_to_shared(to)) + lane * 16U;
    const char* source = static_cast<const char*>(from) + lane * 16;
    for (int i = 0; i < bytes; i += kTileBytes) {
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(target + i),
                   "l"(__cvta_generic_to_global(source + i))
                   : "memory");
    }
    asm volatile("cp.async.commit_group;" ::: "memory");
  }
};

#else

struct Copies {
  static constexpr int kRun = 0;

 protected:
  __device__ static void open_stages(uint64_t*, int, int) {}
  __device__ static void fetch(uint64_t*, void*, const void*, int, int) {}
};

#endif

}  // namespace xinglin::cuda
