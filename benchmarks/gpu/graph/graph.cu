/// The small kernels on the device, recorded once into a CUDA graph.
#include <cuda_runtime.h>

#include <functional>
#include <vector>

#include "cuda/thread.cuh"
#include "kernels.cuh"
#include "status.h"

namespace xinglin::bench {
namespace {

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();  // so that a later call does not find it again
  throw Failure(error == cudaErrorMemoryAllocation         ? XL_NO_MEMORY
                : error == cudaErrorNoKernelImageForDevice ? XL_WRONG_DEVICE
                                                           : XL_DEVICE_LOST);
}

template <class Kernel>
__global__ void __launch_bounds__(Kernel::kThreads)
    small_kernel(const __grid_constant__ Kernel kernel) {
  extern __shared__ __align__(16) unsigned char shared[];
  kernel(Thread(), shared);
}

}  // namespace

/// See chain.h.
class Grid {
 public:
  Grid() {
    check(cudaSetDevice(0));
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
  }
  ~Grid() {
    (void)cudaStreamSynchronize(stream_);
    if (recorded_ != nullptr) (void)cudaGraphExecDestroy(recorded_);
    (void)cudaStreamDestroy(stream_);
    for (void* memory : memory_) (void)cudaFree(memory);
    (void)cudaGetLastError();
  }
  Grid(const Grid&) = delete;
  Grid& operator=(const Grid&) = delete;

  void* take(size_t bytes) {
    memory_.push_back(nullptr);
    check(cudaMalloc(&memory_.back(), bytes));
    check(cudaMemsetAsync(memory_.back(), 0, bytes, stream_));
    return memory_.back();
  }

  void copy(void* to, const void* from, size_t bytes) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_));
    wait();
  }

  template <class Kernel>
  void launch(const Kernel& kernel) {
    small_kernel<<<static_cast<unsigned>(kernel.blocks()), Kernel::kThreads, kernel.shared_bytes(),
                   stream_>>>(kernel);
    check(cudaGetLastError());
  }

  void record(const std::function<void()>& chain) {
    cudaGraph_t graph = nullptr;
    check(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
    try {
      chain();
    } catch (...) {
      (void)cudaStreamEndCapture(stream_, &graph);
      throw;
    }
    check(cudaStreamEndCapture(stream_, &graph));
    const cudaError_t error = cudaGraphInstantiateWithFlags(&recorded_, graph, 0);
    (void)cudaGraphDestroy(graph);
    check(error);
    check(cudaGraphUpload(recorded_, stream_));
    wait();
  }

  void replay() { check(cudaGraphLaunch(recorded_, stream_)); }
  void wait() { check(cudaStreamSynchronize(stream_)); }

 private:
  cudaStream_t stream_ = nullptr;
  cudaGraphExec_t recorded_ = nullptr;
  std::vector<void*> memory_;
};

}  // namespace xinglin::bench

#include "c_api.h"
