/// One block under way, and one of its threads: what the translated code calls.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "integers.h"
#include "memory.h"

namespace xinglin::ptx {

/// An asynchronous copy into shared memory that has been asked for.
struct Copy {
  unsigned char* to;
  const unsigned char* from;
  size_t bytes;
};

/// A barrier of the `mbarrier` instructions, as the PTX ISA describes it.
struct Mbarrier {
  uint32_t expected = 0;
  uint32_t pending = 0;
  int64_t bytes = 0;   // expected and not yet there
  uint64_t phase = 0;  // how often it is complete
  int thread = 0;      // that made it
  bool fenced = false;
  std::vector<Copy> copies;
};

/// Threads that have to come to the same instruction.
struct Group {
  int here = 0;
  int line = 0;
  int thread = 0;  // the first to come
};

/// A block: its memory, its barriers.
class Machine {
 public:
  Machine(const Launch& launch, cuda::Block& fibers, int number);

  /// Run it to its end.
  void run();

  [[noreturn]] void fail(const char* why, int thread, int line) const;

  const Launch& launch;
  cuda::Block& fibers;
  const int number;
  std::vector<unsigned char> shared;
  std::vector<Range> sites;
  std::vector<Group> warps;
  Group all;
  std::vector<int> waiting;                // line at which each thread waits; -1: it has ended
  std::vector<uint32_t> exchange;          // two turns of kWords words of each thread
  std::map<uint64_t, Mbarrier> mbarriers;  // by shared address

  static constexpr size_t kWords = 6;
};

class Thread {
 public:
  Thread(Machine& machine, int index);
  /// What every thread has to have done when the kernel ends.
  void end();

  const uint32_t tid, threads, block, blocks;

  // Where an access goes; it stops the program when it is not aligned or not in such memory.
  PTX_INLINE unsigned char* shared(uint64_t address, uint32_t bytes, int line) {
    const uint64_t at = address - kSharedFirst;
    if (__builtin_expect(at + bytes > shared_bytes_ || at > shared_bytes_, 0)) {
      fail("outside of shared memory", address, line);
    }
    check_aligned(address, bytes, line);
    return shared_ + at;
  }
  PTX_INLINE unsigned char* global(uint64_t address, uint32_t bytes, int line, int site) {
    Range& range = sites_[site];
    if (__builtin_expect(!range.holds(address, bytes), 0)) look_up(range, address, bytes, line);
    check_aligned(address, bytes, line);
    return reinterpret_cast<unsigned char*>(address);
  }
  PTX_INLINE unsigned char* local(uint64_t address, uint32_t bytes, int line) {
    const uint64_t at = address - kLocalFirst;
    if (at + bytes > local_.size() || at > local_.size()) {
      fail("outside of local memory", address, line);
    }
    check_aligned(address, bytes, line);
    return local_.data() + at;
  }
  const unsigned char* parameter(uint64_t address, uint32_t bytes, int line);
  /// By a generic address, of whatever space. To write is not allowed into parameters.
  unsigned char* generic(uint64_t address, uint32_t bytes, int line, int site, bool write);

  // Threads together. All of the block, or of the warp, have to come to this line.
  void sync(int line);
  void sync_warp(uint32_t mask, int line);
  uint32_t shuffle(uint32_t value, int from, bool inside, uint32_t mask, int line);
  uint32_t ballot(bool yes, uint32_t mask, int line);
  void multiply(uint32_t (&sum)[4], const uint32_t (&left)[4], const uint32_t (&right)[2],
                int line);

  // Asynchronous copies, performed as late as the PTX ISA allows.
  void copy(uint64_t to, uint64_t from, uint32_t bytes, int line, int site);
  void commit_group();
  void wait_group(size_t most);
  void wait_all();
  void init_mbarrier(uint64_t at, uint32_t count, int line);
  void fence();
  /// Returns the phase that it arrives in.
  uint64_t arrive(uint64_t at, uint32_t bytes, int line);
  void copy_bulk(uint64_t to, uint64_t from, uint32_t bytes, uint64_t at, int line, int site);
  bool try_wait(uint64_t at, uint32_t parity, int line);

  int lane() const { return static_cast<int>(tid % 32); }
  [[noreturn]] void fail(const char* why, int line) const;
  [[noreturn]] void fail(const char* why, uint64_t address, int line) const;

 private:
  PTX_INLINE void check_aligned(uint64_t address, uint32_t bytes, int line) const {
    if (__builtin_expect((address & (bytes - 1)) != 0, 0)) fail("not aligned", address, line);
  }
  void look_up(Range& range, uint64_t address, uint32_t bytes, int line) const;
  void meet(Group& group, int all, int line);
  const uint32_t* lay_down(const uint32_t* words, size_t count, int line);
  Mbarrier& mbarrier(uint64_t at, int line);

  Machine& machine_;
  unsigned char* const shared_;
  const uint64_t shared_bytes_;
  Range* const sites_;
  std::vector<unsigned char> local_;
  std::vector<Copy> open_;
  std::deque<std::vector<Copy>> groups_;
  bool odd_ = false;
};

/// The word number `i` at a place that was checked.
template <class T>
PTX_INLINE T load(const unsigned char* from, size_t i) {
  T value;
  std::memcpy(&value, from + i * sizeof(T), sizeof(T));
  return value;
}
template <class T>
PTX_INLINE void store(unsigned char* to, size_t i, T value) {
  std::memcpy(to + i * sizeof(T), &value, sizeof(T));
}

}  // namespace xinglin::ptx
