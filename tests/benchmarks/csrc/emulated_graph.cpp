/// The small kernels of benchmarks/gpu/graph on the host, one thread at a time.
///
/// Of XL_EMULATED_DEVICE, tensor=0|1 (cores) and order=... count here; see device_parts.h.
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "device_parts.h"
#include "emulator.h"
#include "kernels.cuh"

namespace xinglin::bench {
namespace {

constexpr int kThreads = 64;

}  // namespace

/// See benchmarks/gpu/graph/chain.h.
class Grid {
 public:
  Grid() : block_(kThreads, order()), tensor_(number("tensor", 1) != 0) {}

  void* take(size_t bytes) {
    memory_.push_back(std::make_unique<Sixteen[]>(bytes / 16 + 1));
    return memory_.back().get();
  }
  void copy(void* to, const void* from, size_t bytes) { std::memcpy(to, from, bytes); }

  template <class Kernel>
  void launch(const Kernel& kernel) {
    for (int i = 0; i < kernel.blocks(); ++i) {
      // What a block finds in its shared memory is anything.
      const size_t size = kernel.shared_bytes() / 16 + 1;
      const auto shared = std::make_unique<Sixteen[]>(size);
      std::memset(shared.get(), 0xA5, size * 16);
      unsigned char* memory = reinterpret_cast<unsigned char*>(shared.get());
      block_.run([&](int thread) {
        if (tensor_) {
          kernel(EmulatedThread<true, 0>(block_, i, thread, false), memory);
        } else {
          kernel(EmulatedThread<false, 0>(block_, i, thread, false), memory);
        }
      });
    }
  }

  void record(const std::function<void()>& chain) { chain_ = chain; }
  void replay() { chain_(); }
  void wait() {}

 private:
  Block block_;
  const bool tensor_;
  std::function<void()> chain_;
  std::vector<std::unique_ptr<Sixteen[]>> memory_;
};

}  // namespace xinglin::bench

#include "c_api.h"
