/// The device of cuda/device.h on the host, running the PTX that nvcc makes of cuda/device.cu, in
/// the C++ that tests/tools/ptx/translate.py makes of that.
///
/// XL_EMULATED_DEVICE says what it is, as device_parts.h has it, and beside that run=0 to have no
/// weights fetched ahead of time. A block has as many threads as the PTX says, or less with
/// threads=.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include "cuda/device.h"
#include "device_parts.h"
#include "memory.h"

namespace xinglin::cuda {
namespace {

/// What launches may use. Exact to the byte: a device's real blocks are larger.
ptx::Memory& memory() {
  static ptx::Memory all;
  return all;
}

int threads_of(const ptx::Kernel& kernel) {
  return std::min(number("threads", kernel.threads), kernel.threads);
}

/// 80 of sm_80.
int version() { return std::atoi(ptx::module().target + std::strlen("sm_")); }

template <class Parameters>
void launch(const char* name, const Parameters& parameters, int blocks, size_t shared_bytes) {
  fail_if("lost", XL_DEVICE_LOST);
  const ptx::Kernel& kernel = ptx::find_kernel(name);
  if (kernel.parameter_bytes != sizeof parameters) {
    std::fprintf(stderr, "ptx: %s takes %zu bytes and not %zu\n", kernel.name,
                 kernel.parameter_bytes, sizeof parameters);
    std::abort();
  }
  ptx::run_grid({kernel, memory(), &parameters, blocks, threads_of(kernel), shared_bytes, order()});
}

}  // namespace

const DeviceInfo& open_device() {
  static DeviceInfo info;
  static std::mutex mutex;
  fail_to_open();
  const std::lock_guard<std::mutex> lock(mutex);
  // What a block of such a device may have, and as in copies.cuh.
  const int shared = (version() >= 90 ? 227 : version() >= 80 ? 163 : 64) << 10;
  const int run = version() >= 90 ? 2 : version() >= 80 ? 1 : 0;
  (void)std::snprintf(info.name, sizeof info.name, "%s", ptx::module().target);
  info.processors = number("processors", 2);
  info.block = {static_cast<size_t>(number("shared", shared)),
                threads_of(ptx::find_kernel("decode_kernel")) / 32,
                number("run", 1) == 0 ? 0 : run};
  return info;
}

void* allocate(size_t bytes, bool) {
  fail_if("memory", XL_NO_MEMORY);
  constexpr size_t kAlignment = 256;
  const size_t size = std::max<size_t>(bytes, 1);
  void* data = std::aligned_alloc(kAlignment, (size + kAlignment - 1) / kAlignment * kAlignment);
  require(data != nullptr, XL_NO_MEMORY);
  std::memset(data, 0, size);
  memory().add(data, size);
  return data;
}

void release(void* data, bool) noexcept {
  memory().remove(data);
  std::free(data);
}

Queue::Queue() { open_device(); }
Queue::~Queue() = default;

void Queue::copy(void* to, const void* from, size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void Queue::decode(const Launch& launched, int blocks) {
  launch("decode_kernel", launched, blocks, launched.shared.bytes);
}

void Queue::compute(const OpCall& call) { launch("op_kernel", call, 1, sizeof(Board)); }

void Queue::wait() { fail_if("lost", XL_DEVICE_LOST); }

}  // namespace xinglin::cuda
