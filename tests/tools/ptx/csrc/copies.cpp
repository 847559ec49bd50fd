/// Asynchronous copies. A copy may arrive at any time from when it is asked for until it is waited
/// for. So its place holds nothing to be read from the beginning, and its bytes come at the wait:
/// whoever forgets to wait, or asks for a copy to where somebody still reads, reads rubbish.
///
/// Source: PTX ISA, "cp.async", "cp.async.wait_group", "cp.async.bulk", "mbarrier".
#include "machine.h"

namespace xinglin::ptx {
namespace {

constexpr int kOnTheWay = 0xC3;
/// What a barrier's eight bytes hold, so that it is seen when something else is written there.
constexpr uint64_t kMark = 0xB4221E2BA4421E2B;

void perform(const std::vector<Copy>& copies) {
  for (const Copy& copy : copies) std::memcpy(copy.to, copy.from, copy.bytes);
}

}  // namespace

void Thread::copy(uint64_t to, uint64_t from, uint32_t bytes, int line, int site) {
  const Copy copy = {shared(to, bytes, line), global(from, bytes, line, site), bytes};
  std::memset(copy.to, kOnTheWay, copy.bytes);
  open_.push_back(copy);
}

void Thread::commit_group() {
  groups_.push_back(std::move(open_));
  open_.clear();
}

void Thread::wait_group(size_t most) {
  for (; groups_.size() > most; groups_.pop_front()) perform(groups_.front());
}

void Thread::wait_all() {
  commit_group();
  wait_group(0);
}

void Thread::init_mbarrier(uint64_t at, uint32_t count, int line) {
  unsigned char* place = shared(at, sizeof kMark, line);
  if (count == 0) fail("a barrier for nobody", at, line);
  if (machine_.mbarriers.count(at) > 0) fail("a barrier that is there already", at, line);
  store(place, 0, kMark);
  Mbarrier& barrier = machine_.mbarriers[at];
  barrier.expected = barrier.pending = count;
  barrier.thread = static_cast<int>(tid);
}

void Thread::fence() {
  for (auto& [at, barrier] : machine_.mbarriers) {
    if (barrier.thread == static_cast<int>(tid)) barrier.fenced = true;
  }
}

Mbarrier& Thread::mbarrier(uint64_t at, int line) {
  const auto found = machine_.mbarriers.find(at);
  if (found == machine_.mbarriers.end()) fail("no barrier was made here", at, line);
  if (load<uint64_t>(shared(at, sizeof kMark, line), 0) != kMark) {
    fail("something was written over the barrier", at, line);
  }
  return found->second;
}

namespace {

void complete_if_done(Mbarrier& barrier) {
  if (barrier.pending > 0 || barrier.bytes != 0) return;
  barrier.pending = barrier.expected;
  ++barrier.phase;
}

/// What is on its way arrives, as nothing else is waited for.
void arrive_late(Mbarrier& barrier) {
  if (barrier.pending > 0 || barrier.copies.empty()) return;
  perform(barrier.copies);
  for (const Copy& copy : barrier.copies) barrier.bytes -= static_cast<int64_t>(copy.bytes);
  barrier.copies.clear();
  complete_if_done(barrier);
}

}  // namespace

uint64_t Thread::arrive(uint64_t at, uint32_t bytes, int line) {
  Mbarrier& barrier = mbarrier(at, line);
  if (barrier.pending == 0) fail("more arrive than the barrier expects", at, line);
  const uint64_t phase = barrier.phase;
  barrier.bytes += bytes;
  --barrier.pending;
  if (barrier.copies.empty()) complete_if_done(barrier);
  return phase;
}

void Thread::copy_bulk(uint64_t to, uint64_t from, uint32_t bytes, uint64_t at, int line,
                       int site) {
  Mbarrier& barrier = mbarrier(at, line);
  if (!barrier.fenced) fail("the copy engine may not see the barrier yet: no fence", at, line);
  if (bytes == 0 || bytes % 16 != 0) fail("not a multiple of 16 bytes", bytes, line);
  // Alignment is to 16 bytes whatever is copied; the first and the last of them give the bounds.
  (void)shared(to + bytes - 16, 16, line);
  (void)global(from + bytes - 16, 16, line, site);
  const Copy copy = {shared(to, 16, line), global(from, 16, line, site), bytes};
  if (!sites_[site].holds(from, bytes)) fail("outside of the device's memory", from, line);
  std::memset(copy.to, kOnTheWay, copy.bytes);
  barrier.copies.push_back(copy);
}

bool Thread::try_wait(uint64_t at, uint32_t parity, int line) {
  Mbarrier& barrier = mbarrier(at, line);
  if (parity > 1) fail("not a parity", parity, line);
  const auto done = [&] {
    if (barrier.phase % 2 == parity) arrive_late(barrier);
    return barrier.phase % 2 != parity;
  };
  if (done()) return true;
  machine_.waiting[tid] = line;
  machine_.fibers.wait(static_cast<int>(tid), done);
  // It may say so though it has waited, when its time is over: who does not ask again is seen.
  return false;
}

}  // namespace xinglin::ptx
