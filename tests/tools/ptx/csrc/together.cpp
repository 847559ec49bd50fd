/// What threads do together: barriers, exchanges in a warp, tensor cores.
#include "machine.h"

namespace xinglin::ptx {
namespace {

/// c + the products of four int8 with four int8.
uint32_t dot(uint32_t a, uint32_t b, uint32_t c) { return dp4a<int8_t, int8_t>(a, b, c); }

}  // namespace

void Thread::meet(Group& group, int all, int line) {
  const int me = static_cast<int>(tid);
  if (group.here > 0 && group.line != line) {
    char text[160];
    std::snprintf(text, sizeof text,
                  "not reached by all at once: thread %d waits at line %d, thread %d came to %d",
                  group.thread, group.line, me, line);
    fail(text, line);
  }
  if (group.here == 0) group.thread = me;
  group.line = line;
  group.here = group.here + 1 == all ? 0 : group.here + 1;
  machine_.waiting[tid] = line;
}

void Thread::sync(int line) {
  meet(machine_.all, static_cast<int>(threads), line);
  machine_.fibers.sync(static_cast<int>(tid));
}

void Thread::sync_warp(uint32_t mask, int line) {
  if (mask != 0xFFFFFFFFU) fail("only whole warps are understood here", mask, line);
  meet(machine_.warps[tid / 32], 32, line);
  machine_.fibers.sync_warp(static_cast<int>(tid));
}

/// Lay words down where the warp can see them until the next but one exchange; those of its lane i
/// are kWords * i further.
const uint32_t* Thread::lay_down(const uint32_t* words, size_t count, int line) {
  constexpr size_t kWords = Machine::kWords;
  odd_ = !odd_;
  uint32_t* all = machine_.exchange.data() + (odd_ ? size_t{threads} * kWords : 0);
  for (size_t i = 0; i < count; ++i) all[tid * kWords + i] = words[i];
  sync_warp(0xFFFFFFFFU, line);
  return all + tid / 32 * 32 * kWords;
}

uint32_t Thread::shuffle(uint32_t value, int from, bool inside, uint32_t mask, int line) {
  if (mask != 0xFFFFFFFFU) fail("only whole warps are understood here", mask, line);
  const uint32_t* all = lay_down(&value, 1, line);
  return inside ? all[static_cast<size_t>(from) * Machine::kWords] : value;
}

uint32_t Thread::ballot(bool yes, uint32_t mask, int line) {
  if (mask != 0xFFFFFFFFU) fail("only whole warps are understood here", mask, line);
  const uint32_t word = yes ? 1 : 0;
  const uint32_t* all = lay_down(&word, 1, line);
  uint32_t votes = 0;
  for (size_t i = 0; i < 32; ++i) votes |= all[i * Machine::kWords] << i;
  return votes;
}

/// Of the left side (16 x 32), lane l holds rows l/4 and l/4 + 8, columns 4 (l%4) + 0..3 and 16
/// further, as (row, near), (row + 8, near), (row, far), (row + 8, far); of the right side (32 x
/// 8), column l/4 and those rows; of the sums, rows l/4 and l/4 + 8, columns 2 (l%4) and the next.
/// Source: PTX ISA, "Matrix Fragments for mma.m16n8k32" with .s8.
void Thread::multiply(uint32_t (&sum)[4], const uint32_t (&left)[4], const uint32_t (&right)[2],
                      int line) {
  constexpr size_t kWords = Machine::kWords;
  const uint32_t words[kWords] = {left[0], left[1], left[2], left[3], right[0], right[1]};
  const uint32_t* all = lay_down(words, kWords, line);
  const uint32_t lane = tid % 32;
  for (uint32_t i = 0; i < 4; ++i) {
    const uint32_t row = lane / 4 + i / 2 * 8;
    const uint32_t column = lane % 4 * 2 + i % 2;
    for (uint32_t k = 0; k < 8; ++k) {
      const uint32_t a = all[(row % 8 * 4 + k % 4) * kWords + k / 4 * 2 + row / 8];
      const uint32_t b = all[(column * 4 + k % 4) * kWords + 4 + k / 4];
      sum[i] = dot(a, b, sum[i]);
    }
  }
}

}  // namespace xinglin::ptx
