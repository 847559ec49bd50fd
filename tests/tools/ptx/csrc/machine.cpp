/// Launches, blocks, and what stops them.
#include "machine.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace xinglin::ptx {
namespace {

/// A kernel has thousands of registers, of which some hundreds are in use together.
constexpr size_t kStackBytes = 256 << 10;
/// What memory holds that nobody has written.
constexpr unsigned char kAnything = 0xA5;

const char* text_of(const Kernel& kernel, int line) {
  for (size_t i = 0; i < kernel.source_count; ++i) {
    if (kernel.sources[i].line == line) return kernel.sources[i].text;
  }
  return "";
}

[[noreturn]] void stop(const Kernel& kernel, int block, int thread, int line, const char* why) {
  std::fprintf(stderr, "ptx: %s, block %d, thread %d, line %d: %s: %s\n", kernel.name, block,
               thread, line, why, text_of(kernel, line));
  std::abort();
}

}  // namespace

void Memory::add(const void* data, size_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ranges_[reinterpret_cast<uintptr_t>(data)] = bytes;
}

void Memory::remove(const void* data) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ranges_.erase(reinterpret_cast<uintptr_t>(data));
}

Range Memory::find(uint64_t address, size_t count) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto next = ranges_.upper_bound(address);
  if (next == ranges_.begin()) return {};
  --next;
  const Range range = {next->first, next->second};
  return range.holds(address, count) ? range : Range{};
}

const Kernel& find_kernel(const std::string& name) {
  std::vector<const Kernel*> found;
  for (const Kernel& kernel : module().kernels) {
    if (kernel.name == name) return kernel;
    if (std::strstr(kernel.name, name.c_str()) != nullptr) found.push_back(&kernel);
  }
  if (found.size() != 1) {
    std::fprintf(stderr, "ptx: %zu kernels have the name %s\n", found.size(), name.c_str());
    std::abort();
  }
  return *found[0];
}

void run_grid(const Launch& launch) {
  if (launch.threads <= 0 || launch.threads % 32 != 0 ||
      (launch.kernel.threads > 0 && launch.threads > launch.kernel.threads)) {
    stop(launch.kernel, 0, 0, 0, "launched with a number of threads that it cannot have");
  }
  cuda::Block fibers(launch.threads, launch.order, kStackBytes);
  for (int i = 0; i < launch.blocks; ++i) Machine(launch, fibers, i).run();
}

Machine::Machine(const Launch& l, cuda::Block& f, int n)
    : launch(l),
      fibers(f),
      number(n),
      shared(l.kernel.static_shared + l.shared_bytes, kAnything),
      sites(static_cast<size_t>(l.kernel.sites) + 1),
      warps(static_cast<size_t>(l.threads) / 32),
      waiting(static_cast<size_t>(l.threads)),
      exchange(static_cast<size_t>(l.threads) * kWords * 2) {}

void Machine::run() {
  fibers.on_stuck([this] {
    std::map<int, int> lines;
    for (const int line : waiting) ++lines[line];
    for (const auto& [line, count] : lines) {
      std::fprintf(stderr, "ptx: %d threads %s %d: %s\n", count,
                   line < 0 ? "have ended, line" : "wait at line", line,
                   text_of(launch.kernel, line));
    }
    stop(launch.kernel, number, 0, lines.rbegin()->first, "waits for threads that never come");
  });
  fibers.run([this](int i) {
    Thread thread(*this, i);
    launch.kernel.run(thread);
    thread.end();
    waiting[static_cast<size_t>(i)] = -1;
  });
  for (const auto& [at, barrier] : mbarriers) {
    if (!barrier.copies.empty()) fail("ends while copies into its memory are on their way", 0, 0);
  }
}

void Machine::fail(const char* why, int thread, int line) const {
  stop(launch.kernel, number, thread, line, why);
}

Thread::Thread(Machine& machine, int index)
    : tid(static_cast<uint32_t>(index)),
      threads(static_cast<uint32_t>(machine.launch.threads)),
      block(static_cast<uint32_t>(machine.number)),
      blocks(static_cast<uint32_t>(machine.launch.blocks)),
      machine_(machine),
      shared_(machine.shared.data()),
      shared_bytes_(machine.shared.size()),
      sites_(machine.sites.data()),
      local_(machine.launch.kernel.local_bytes, kAnything) {}

void Thread::end() {
  bool open = !open_.empty();
  for (const std::vector<Copy>& group : groups_) open = open || !group.empty();
  if (open) fail("ends while copies into its memory are on their way", 0);
}

void Thread::fail(const char* why, int line) const {
  machine_.fail(why, static_cast<int>(tid), line);
}

void Thread::fail(const char* why, uint64_t address, int line) const {
  char text[160];
  std::snprintf(text, sizeof text, "%s (address %#" PRIx64 ")", why, address);
  fail(text, line);
}

void Thread::look_up(Range& range, uint64_t address, uint32_t bytes, int line) const {
  range = machine_.launch.memory.find(address, bytes);
  for (const Table& table : module().tables) {
    const Range all = {reinterpret_cast<uintptr_t>(table.data), table.bytes};
    if (all.holds(address, bytes)) range = all;
  }
  if (range.bytes == 0) fail("outside of the device's memory", address, line);
}

const unsigned char* Thread::parameter(uint64_t address, uint32_t bytes, int line) {
  const Range all = {kParameterWindow, machine_.launch.kernel.parameter_bytes};
  if (!all.holds(address, bytes)) fail("outside of the parameters", address, line);
  check_aligned(address, bytes, line);
  return static_cast<const unsigned char*>(machine_.launch.parameters) +
         (address - kParameterWindow);
}

unsigned char* Thread::generic(uint64_t address, uint32_t bytes, int line, int site, bool write) {
  if (address - kSharedWindow < kWindowBytes) return shared(address - kSharedWindow, bytes, line);
  if (address - kLocalWindow < kWindowBytes) return local(address - kLocalWindow, bytes, line);
  if (address - kParameterWindow < kWindowBytes && !write) {
    return const_cast<unsigned char*>(parameter(address, bytes, line));
  }
  return global(address, bytes, line, site);
}

}  // namespace xinglin::ptx
