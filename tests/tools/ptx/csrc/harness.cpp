/// Runs a small translated kernel for the tests of the translator.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "memory.h"

namespace {

using xinglin::cuda::Order;
namespace ptx = xinglin::ptx;

constexpr Order kOrders[] = {Order::kForward, Order::kBackward, Order::kShuffled};

}  // namespace

extern "C" {

/// What ptx_run takes. `memory` lists what the device has: where each piece begins, and its bytes.
struct PtxRun {
  const char* kernel;
  const void* parameters;
  size_t parameter_bytes;
  const void* const* memory;
  const size_t* memory_bytes;
  int memory_count;
  int blocks, threads;
  size_t shared_bytes;
  int order;
};

/// Returns 0, or -1 when the kernel takes other parameters.
__attribute__((visibility("default"))) int ptx_run(const PtxRun* run) {
  ptx::Memory memory;
  for (int i = 0; i < run->memory_count; ++i) memory.add(run->memory[i], run->memory_bytes[i]);
  const ptx::Kernel& kernel = ptx::find_kernel(run->kernel);
  if (kernel.parameter_bytes != run->parameter_bytes) return -1;
  ptx::run_grid({kernel, memory, run->parameters, run->blocks, run->threads, run->shared_bytes,
                 kOrders[run->order]});
  return 0;
}

/// The same in a process of its own: what it says when it is stopped goes to `text`. Returns how
/// many bytes, 0 when it came to its end, or -1.
__attribute__((visibility("default"))) long ptx_fail(const PtxRun* run, char* text, size_t room) {
  int ends[2];
  if (pipe(ends) != 0) return -1;
  const pid_t child = fork();
  if (child < 0) return -1;
  if (child == 0) {
    dup2(ends[1], 2);
    // Python's handler would add its own stack.
    (void)std::signal(SIGABRT, SIG_DFL);
    _exit(ptx_run(run) == 0 ? 0 : 3);
  }
  close(ends[1]);
  size_t count = 0;
  for (ssize_t got = 1; got > 0 && count < room; count += static_cast<size_t>(got)) {
    got = read(ends[0], text + count, room - count);
    if (got < 0) break;
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? 0 : -1;
  return static_cast<long>(count);
}
}
