/// The device as the host sees it: memory, copies in order, launches. device.cu implements this
/// with the CUDA runtime; for tests emulated_device.cpp and ptx_device.cpp in tests/inference/csrc
/// do.
///
/// Every function throws Failure: XL_NO_MEMORY, XL_DEVICE_LOST, or why there is no device.
#pragma once

#include <cstddef>
#include <utility>

#include "cuda/host/shared_plan.h"
#include "cuda/kernels/ops.h"

namespace xinglin::cuda {

struct DeviceInfo {
  char name[16];    // sm_90
  int processors;   // multiprocessors
  BlockSize block;  // of the decoding kernel
};

/// Choose the device of this process and ready it. XL_NO_DRIVER, XL_OLD_DRIVER, XL_NO_DEVICE, or
/// XL_WRONG_DEVICE when this library has no code for it.
const DeviceInfo& open_device();

/// Zeroed memory: of the device, or of the host where copies are fast.
void* allocate(size_t bytes, bool host);
void release(void* memory, bool host) noexcept;

/// Copies and launches, one after the other.
class Queue {
 public:
  Queue();
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Host memory is to stay as it is until `wait`.
  void copy(void* to, const void* from, size_t bytes);
  void decode(const Launch& launch, int blocks);
  void compute(const OpCall& call);
  /// Wait until everything is done.
  void wait();

 private:
  void* handle_ = nullptr;
};

/// An array that the device, or with `host` copies, can reach.
template <class V>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t count, bool host = false)
      : data_(static_cast<V*>(allocate(count * sizeof(V), host))), count_(count), host_(host) {}
  ~Buffer() {
    if (data_ != nullptr) release(data_, host_);
  }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }

  V* data() const { return data_; }
  size_t size() const { return count_; }
  V& operator[](size_t i) const { return data_[i]; }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    std::swap(host_, other.host_);
  }

  V* data_ = nullptr;
  size_t count_ = 0;
  bool host_ = false;
};

}  // namespace xinglin::cuda
