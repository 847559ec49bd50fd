#include "engine/stepper.h"

namespace xinglin {
namespace {

/// An automaton that never comes back between two characters is stopped after this many bytes.
constexpr int kLongestCharacter = 64;

}  // namespace

xl_finish commit_byte(Slot& slot, uint8_t byte, uint8_t state, double nll, Clock::time_point now) {
  await(slot, byte);
  slot.state = state;
  ++slot.made;
  slot.sequence->append(byte, state == Automaton::kStart, now, nll);
  if (state == Automaton::kFinished) return XL_END;
  const int beyond = slot.made - slot.sequence->max_bytes();
  if (beyond >= 0 && (state == Automaton::kStart || beyond >= kLongestCharacter)) return XL_LENGTH;
  return XL_RUNNING;
}

}  // namespace xinglin
