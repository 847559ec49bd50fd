/// The device through the CUDA runtime, and the two kernels.
#include <cuda_runtime.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "common/status.h"
#include "cuda/host/device.h"
#include "cuda/kernels/ops.cuh"
#include "cuda/kernels/thread.cuh"

namespace xinglin::cuda {
namespace {

constexpr int kThreads = 512;
constexpr int kOpThreads = 128;

xl_status status_of(cudaError_t error) {
  switch (error) {
    case cudaErrorMemoryAllocation:
      return XL_NO_MEMORY;
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
    case cudaErrorDevicesUnavailable:
      return XL_NO_DEVICE;
    case cudaErrorInsufficientDriver:
    case cudaErrorSystemDriverMismatch:
      return XL_OLD_DRIVER;
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorInvalidDeviceFunction:
      return XL_WRONG_DEVICE;
    case cudaErrorInvalidValue:
    case cudaErrorInvalidConfiguration:
      return XL_INTERNAL;
    default:
      return XL_DEVICE_LOST;
  }
}

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();  // so that a later call does not find it again
  throw Failure(status_of(error));
}

__global__ void __launch_bounds__(kThreads, 1)
    decode_kernel(const __grid_constant__ Launch launch) {
  extern __shared__ __align__(16) unsigned char shared[];
  decode(Thread(), launch, shared);
}

__global__ void __launch_bounds__(kOpThreads) op_kernel(const __grid_constant__ OpCall call) {
  extern __shared__ __align__(16) unsigned char shared[];
  compute_op(Thread(), call, shared);
}

cudaStream_t stream_of(void* handle) { return static_cast<cudaStream_t>(handle); }

DeviceInfo find_device() {
  int version = 0;
  // Without a driver this says 0, and every other call that the driver is too old.
  check(cudaDriverGetVersion(&version));
  require(version != 0, XL_NO_DRIVER);
  int count = 0;
  check(cudaGetDeviceCount(&count));
  require(count > 0, XL_NO_DEVICE);
  check(cudaSetDevice(0));
  check(cudaFree(nullptr));
  cudaFuncAttributes attributes{};
  check(cudaFuncGetAttributes(&attributes, decode_kernel));
  int major = 0, minor = 0, processors = 0, shared = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0));
  check(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0));
  check(cudaDeviceGetAttribute(&shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0));
  check(cudaFuncSetAttribute(decode_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shared));
  DeviceInfo info{};
  (void)std::snprintf(info.name, sizeof info.name, "sm_%d%d", major, minor);
  info.processors = processors;
  // As in copies.cuh.
  const int run = major >= 9 ? 2 : major == 8 ? 1 : 0;
  const char* wish = std::getenv("XINGLIN_GPU_COPIES");
  const bool none = wish != nullptr && std::strcmp(wish, "none") == 0;
  info.block = {static_cast<size_t>(shared), kThreads / 32, none ? 0 : run};
  return info;
}

}  // namespace

const DeviceInfo& open_device() {
  // Tried again at the next call when it throws.
  static const DeviceInfo info = find_device();
  check(cudaSetDevice(0));  // it is the thread's
  return info;
}

void* allocate(size_t bytes, bool host) {
  open_device();
  void* memory = nullptr;
  const size_t size = bytes > 0 ? bytes : 1;
  if (host) {
    check(cudaMallocHost(&memory, size));
    std::memset(memory, 0, size);
    return memory;
  }
  check(cudaMalloc(&memory, size));
  cudaError_t error = cudaMemset(memory, 0, size);
  // Queues do not wait for the default stream, in which this happens.
  if (error == cudaSuccess) error = cudaStreamSynchronize(nullptr);
  if (error != cudaSuccess) {
    release(memory, false);
    check(error);
  }
  return memory;
}

void release(void* memory, bool host) noexcept {
  (void)(host ? cudaFreeHost(memory) : cudaFree(memory));
  (void)cudaGetLastError();
}

Queue::Queue() {
  open_device();
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  handle_ = stream;
}

Queue::~Queue() {
  (void)cudaStreamSynchronize(stream_of(handle_));
  (void)cudaStreamDestroy(stream_of(handle_));
  (void)cudaGetLastError();
}

void Queue::copy(void* to, const void* from, size_t bytes) {
  if (bytes == 0) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream_of(handle_)));
}

void Queue::decode(const Launch& launch, int blocks) {
  decode_kernel<<<static_cast<unsigned>(blocks), kThreads, launch.shared.bytes,
                  stream_of(handle_)>>>(launch);
  check(cudaGetLastError());
}

void Queue::compute(const OpCall& call) {
  op_kernel<<<1, kOpThreads, sizeof(BlockState), stream_of(handle_)>>>(call);
  check(cudaGetLastError());
}

void Queue::wait() { check(cudaStreamSynchronize(stream_of(handle_))); }

}  // namespace xinglin::cuda
