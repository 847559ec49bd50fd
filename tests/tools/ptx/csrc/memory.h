/// The memory that kernels may use, and launches of them.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "emulator.h"
#include "module.h"

namespace xinglin::ptx {

/// Memory from `begin` on, which a launch may read and write.
struct Range {
  uintptr_t begin = 0;
  size_t bytes = 0;

  bool holds(uint64_t address, size_t count) const {
    return address - begin < bytes && count <= bytes - (address - begin);
  }
};

/// All of it. Threads may share it.
class Memory {
 public:
  void add(const void* data, size_t bytes);
  void remove(const void* data);
  /// The range that holds all these bytes, or an empty one.
  Range find(uint64_t address, size_t count) const;

 private:
  mutable std::mutex mutex_;
  std::map<uintptr_t, size_t> ranges_;
};

/// How to run a kernel.
struct Launch {
  const Kernel& kernel;
  const Memory& memory;
  const void* parameters;  // kernel.parameter_bytes
  int blocks;
  int threads;
  size_t shared_bytes;  // dynamic
  cuda::Order order;
};

/// Run every block of a grid, one after the other. Whatever a device might do wrong or leave open
/// stops the program with the kernel's name and the line of the PTX.
void run_grid(const Launch& launch);

/// The kernel of this name, or the only one with it in its mangled name; without, the program
/// stops.
const Kernel& find_kernel(const std::string& name);

}  // namespace xinglin::ptx
