/// The device of cuda/device.h on the host: memory is the host's, kernels run in an emulator.
///
/// XL_EMULATED_DEVICE says what it is, as device_parts.h has it, and beside that: tensor=0|1
/// (cores), run=0|1|2 (tiles fetched together ahead of time), early=0|1 (whether they arrive at
/// once or not before they are waited for), and fail=wrong to compute something else.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "common/status.h"
#include "cuda/host/device.h"
#include "cuda/kernels/ops.cuh"
#include "device_parts.h"
#include "emulator.h"

namespace xinglin::cuda {
namespace {

/// Run every block of a grid, one after the other.
template <class Kernel>
void run_grid(int blocks, size_t shared_bytes, const Kernel& kernel) {
  fail_if("lost", XL_DEVICE_LOST);
  Block block(number("threads", 64), order());
  for (int i = 0; i < blocks; ++i) {
    // What a block finds in its shared memory is anything.
    const auto shared = std::make_unique<Sixteen[]>(shared_bytes / 16 + 1);
    std::memset(shared.get(), 0xA5, (shared_bytes / 16 + 1) * 16);
    unsigned char* memory = reinterpret_cast<unsigned char*>(shared.get());
    block.run([&](int thread) { kernel(block, i, thread, memory); });
  }
}

template <class Body>
void with_thread(Block& block, int i, int thread, const Body& body) {
  const bool early = number("early", 0) != 0;
  if (number("tensor", 1) == 0) {
    body(EmulatedThread<false, 0>(block, i, thread, early));
  } else if (number("run", 2) == 0) {
    body(EmulatedThread<true, 0>(block, i, thread, early));
  } else if (number("run", 2) == 1) {
    body(EmulatedThread<true, 1>(block, i, thread, early));
  } else {
    body(EmulatedThread<true, 2>(block, i, thread, early));
  }
}

}  // namespace

const DeviceInfo& open_device() {
  static DeviceInfo info;
  fail_to_open();
  static std::once_flag once;
  std::call_once(once, [] { std::snprintf(info.name, sizeof info.name, "emulated"); });
  static std::mutex mutex;
  const std::lock_guard<std::mutex> lock(mutex);
  info.processors = number("processors", 2);
  info.block = {static_cast<size_t>(number("shared", 100 << 10)), number("threads", 64) / 32,
                number("tensor", 1) == 0 ? 0 : number("run", 2)};
  return info;
}

void* allocate(size_t bytes, bool) {
  fail_if("memory", XL_NO_MEMORY);
  const size_t size = (bytes + 15) / 16 * 16 + 16;
  void* memory = std::aligned_alloc(16, size);
  require(memory != nullptr, XL_NO_MEMORY);
  std::memset(memory, 0, size);
  return memory;
}

void release(void* memory, bool) noexcept { std::free(memory); }

Queue::Queue() { open_device(); }
Queue::~Queue() = default;

void Queue::copy(void* to, const void* from, size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void Queue::decode(const Launch& launch, int blocks) {
  run_grid(blocks, launch.shared.bytes,
           [&](Block& block, int i, int thread, unsigned char* shared) {
             with_thread(block, i, thread, [&](const auto& t) { cuda::decode(t, launch, shared); });
           });
  if (part("fail", "") == "wrong" && launch.logits != nullptr) launch.logits[0] += 0.001F;
}

void Queue::compute(const OpCall& call) {
  run_grid(1, sizeof(BlockState), [&](Block& block, int i, int thread, unsigned char* shared) {
    with_thread(block, i, thread, [&](const auto& t) { compute_op(t, call, shared); });
  });
}

void Queue::wait() { fail_if("lost", XL_DEVICE_LOST); }

}  // namespace xinglin::cuda
