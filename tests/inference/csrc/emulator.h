/// A block of a GPU on the host: its threads are fibers that run one at a time.
///
/// A thread runs until it waits for others, at a barrier or to exchange values with its warp; then
/// the next one runs, in an order that is the test's to choose. Whoever reads what another thread
/// writes without a barrier between gives another result in another order, and a barrier that some
/// threads never reach stops the program.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "cuda/kernels/layout.h"
#include "cuda/kernels/scalar_simd.h"

namespace xinglin::cuda {

enum class Order { kForward, kBackward, kShuffled };

class Block {
 public:
  using Body = std::function<void(int)>;

  Block(int threads, Order order, size_t stack_bytes = 64 << 10)
      : fibers_(static_cast<size_t>(threads)), order_(order), stack_bytes_(stack_bytes) {
    for (Fiber& fiber : fibers_) fiber.stack.reset(new char[stack_bytes_]);
    exchange_.resize(static_cast<size_t>(threads) * 2);
    warp_.resize(fibers_.size() / 32);
  }

  /// Run body(i) as thread i, for all of them.
  void run(const Body& body) {
    body_ = &body;
    all_ = {};
    std::fill(warp_.begin(), warp_.end(), Barrier{});
    for (Fiber& fiber : fibers_) fiber.state = Fiber::kNew;
    std::vector<int> order(fibers_.size());
    for (size_t i = 0; i < order.size(); ++i) {
      order[order_ == Order::kBackward ? order.size() - 1 - i : i] = static_cast<int>(i);
    }
    while (true) {
      if (order_ == Order::kShuffled) std::shuffle(order.begin(), order.end(), random_);
      bool moved = false;
      bool left = false;
      for (const int i : order) {
        Fiber& fiber = fibers_[static_cast<size_t>(i)];
        if (fiber.state == Fiber::kDone) continue;
        left = true;
        if (fiber.barrier != nullptr && fiber.barrier->turn == fiber.turn) continue;
        if (fiber.ready != nullptr && !(*fiber.ready)()) continue;
        fiber.barrier = nullptr;
        fiber.ready = nullptr;
        moved = true;
        resume(i);
      }
      if (!left) return;
      if (!moved) {
        if (stuck_) stuck_();
        std::fprintf(stderr, "emulator: some threads wait at a barrier that others never reach\n");
        std::abort();
      }
    }
  }

  void sync(int i) { arrive(i, all_, static_cast<int>(fibers_.size())); }
  void sync_warp(int i) { arrive(i, warp_[static_cast<size_t>(i / 32)], 32); }

  /// Let others run until `ready`, which is asked again whenever it is the thread's turn.
  void wait(int i, const std::function<bool()>& ready) {
    Fiber& fiber = fibers_[static_cast<size_t>(i)];
    fiber.ready = &ready;
    if (_setjmp(fiber.place) == 0) _longjmp(scheduler_, 1);
  }

  /// What is called before the program stops because threads wait for others in vain.
  void on_stuck(std::function<void()> stuck) { stuck_ = std::move(stuck); }

  /// Lay a value down where the warp can see it until the next but one exchange.
  uint64_t* exchange(int i, uint64_t value) {
    Fiber& fiber = fibers_[static_cast<size_t>(i)];
    fiber.odd = !fiber.odd;
    uint64_t* all = exchange_.data() + (fiber.odd ? fibers_.size() : 0);
    all[i] = value;
    sync_warp(i);
    return all + i / 32 * 32;
  }

  int count() const { return static_cast<int>(fibers_.size()); }

 private:
  struct Barrier {
    int here = 0;
    uint64_t turn = 0;
  };
  struct Fiber {
    enum State { kNew, kRunning, kDone };
    std::unique_ptr<char[]> stack;
    State state = kNew;
    ucontext_t start;
    jmp_buf place;
    const Barrier* barrier = nullptr;
    const std::function<bool()>* ready = nullptr;
    uint64_t turn = 0;
    bool odd = false;
  };

  void arrive(int i, Barrier& barrier, int all) {
    Fiber& fiber = fibers_[static_cast<size_t>(i)];
    if (++barrier.here == all) {
      barrier.here = 0;
      ++barrier.turn;
      return;
    }
    fiber.barrier = &barrier;
    fiber.turn = barrier.turn;
    if (_setjmp(fiber.place) == 0) _longjmp(scheduler_, 1);
  }

  void resume(int i) {
    Fiber& fiber = fibers_[static_cast<size_t>(i)];
    if (_setjmp(scheduler_) != 0) return;
    if (fiber.state == Fiber::kRunning) _longjmp(fiber.place, 1);
    fiber.state = Fiber::kRunning;
    getcontext(&fiber.start);
    fiber.start.uc_stack.ss_sp = fiber.stack.get();
    fiber.start.uc_stack.ss_size = stack_bytes_;
    fiber.start.uc_link = nullptr;
    const uintptr_t self = reinterpret_cast<uintptr_t>(this);
    makecontext(&fiber.start, reinterpret_cast<void (*)()>(&Block::enter), 3,
                static_cast<unsigned>(self), static_cast<unsigned>(self >> 32), i);
    setcontext(&fiber.start);
  }

  static void enter(unsigned low, unsigned high, int i) {
    Block* block = reinterpret_cast<Block*>(uint64_t{high} << 32 | low);
    (*block->body_)(i);
    block->fibers_[static_cast<size_t>(i)].state = Fiber::kDone;
    _longjmp(block->scheduler_, 1);
  }

  std::vector<Fiber> fibers_;
  const Order order_;
  const size_t stack_bytes_;
  std::function<void()> stuck_;
  std::mt19937 random_{1};
  const Body* body_ = nullptr;
  Barrier all_;
  std::vector<Barrier> warp_;
  std::vector<uint64_t> exchange_;
  jmp_buf scheduler_;
};

/// One copy that has been asked for.
struct Copy {
  void* to;
  const void* from;
  size_t bytes;

  void perform() const { std::memcpy(to, from, bytes); }
};

/// What thread.cuh is on the device. Tensor: whether there are tensor cores; Run: tiles that are
/// fetched together, as the lanes of sm_80 do with 1 and the copy engine of sm_90 with more.
/// Whatever is fetched arrives when it is waited for and not before; with `early`, at once: whoever
/// forgets to wait, or lets something be overwritten that is still read, reads the wrong bytes.
template <bool Tensor, int Run>
class EmulatedThread {
 public:
  static constexpr bool kTensorCores = Tensor;
  static constexpr int kRun = Run;

  EmulatedThread(Block& block, int number, int index, bool early)
      : block_(block), number_(number), index_(index), early_(early) {}
  ~EmulatedThread() {
    if (!groups_.empty()) stop("a block ends while copies into its memory are on their way");
  }

  int index() const { return index_; }
  int count() const { return block_.count(); }
  int block() const { return number_; }
  int lane() const { return index_ % 32; }
  int warp() const { return index_ / 32; }
  int warps() const { return count() / 32; }
  void sync() const { block_.sync(index_); }
  void sync_warp() const { block_.sync_warp(index_); }

  template <class V>
  V swap(V value, int bits) const {
    uint64_t word = 0;
    std::memcpy(&word, &value, sizeof value);
    const uint64_t* all = block_.exchange(index_, word);
    std::memcpy(&value, &all[lane() ^ bits], sizeof value);
    return value;
  }
  uint32_t vote(bool yes) const {
    const uint64_t* all = block_.exchange(index_, yes ? 1 : 0);
    uint32_t votes = 0;
    for (int i = 0; i < 32; ++i) votes |= static_cast<uint32_t>(all[i]) << i;
    return votes;
  }

  void open_stages(uint64_t* ready, int count) const {
    for (int i = lane(); Run > 1 && i < count; i += 32) ready[i] = 0;
    sync_warp();
  }
  /// Lane 0 copies for all with Run > 1. `ready` then counts: twice the times that it turned over,
  /// and one while a copy is on its way.
  void fetch(uint64_t* ready, void* to, const void* from, int bytes) const {
    if ((reinterpret_cast<uintptr_t>(to) | reinterpret_cast<uintptr_t>(from)) % 16 != 0) {
      stop("a copy is not aligned");
    }
    if (Run > 1) {
      if (lane() != 0) return;
      if (*ready % 2 != 0) stop("a stage is filled that was not waited for");
      ++*ready;
      groups_.push_back({to, from, static_cast<size_t>(bytes)});
    } else {
      const Copy copy = {static_cast<char*>(to) + lane() * 16,
                         static_cast<const char*>(from) + lane() * 16, 16};
      groups_.push_back(copy);
    }
    if (early_) groups_.back().perform();
  }
  void await_stage(uint64_t* ready, uint32_t parity) const {
    if (Run == 1) return await_groups(kStages - 1);
    if (lane() == 0 && *ready % 2 != 0) {
      await_groups(groups_.size() - 1);
      ++*ready;
    }
    sync_warp();
    if ((*ready / 2 + 1) % 2 != parity) stop("a stage is waited for in the wrong round");
    sync_warp();
  }
  void await_all() const { await_groups(0); }

  /// mma.m16n8k32: of the left side, lane l holds rows l/4 and l/4 + 8, columns 4 (l%4) + 0..3 and
  /// 16 further, as (row, near), (row + 8, near), (row, far), (row + 8, far); of the right side,
  /// column l/4 and those rows; of the sums, rows l/4 and l/4 + 8, columns 2 (l%4) and the next.
  /// Source: PTX ISA, "Matrix Fragments for mma.m16n8k32" with .s8.
  void multiply(int32_t (&sum)[4], const Sixteen& w, const int32_t (&x)[2]) const {
    int32_t left[4][32];
    int32_t right[2][32];
    for (int i = 0; i < 4; ++i) gather(w.word[i], left[i]);
    for (int i = 0; i < 2; ++i) gather(x[i], right[i]);
    for (int i = 0; i < 4; ++i) {
      const int row = lane() / 4 + i / 2 * 8;
      const int column = lane() % 4 * 2 + i % 2;
      for (int k = 0; k < 8; ++k) {
        const int part = k / 4 * 2 + row / 8;
        sum[i] = dot4(left[part][row % 8 * 4 + k % 4], right[k / 4][column * 4 + k % 4], sum[i]);
      }
    }
  }

 private:
  void gather(int32_t word, int32_t* all) const {
    const uint64_t* words = block_.exchange(index_, static_cast<uint32_t>(word));
    for (int i = 0; i < 32; ++i) all[i] = static_cast<int32_t>(static_cast<uint32_t>(words[i]));
  }

  void await_groups(size_t most) const {
    while (groups_.size() > most) {
      if (!early_) groups_.front().perform();
      groups_.pop_front();
    }
  }

  [[noreturn]] static void stop(const char* why) {
    std::fprintf(stderr, "emulator: %s\n", why);
    std::abort();
  }

  Block& block_;
  const int number_;
  const int index_;
  const bool early_;
  mutable std::deque<Copy> groups_;
};

}  // namespace xinglin::cuda
