#include "engine/stepper.h"

namespace xinglin {
namespace {

/// An automaton that never comes back between two characters is stopped after this many bytes.
constexpr int kLongestCharacter = 64;

}  // namespace

xl_finish take_byte(Slot& slot, uint8_t byte, uint8_t state, double surprise,
                    Clock::time_point now) {
  await(slot, byte);
  slot.state = state;
  ++slot.made;
  slot.sequence->append(byte, state == Automaton::kStart, now, surprise);
  if (state == Automaton::kFinished) return XL_END;
  const int over = slot.made - slot.sequence->max_bytes();
  if (over >= 0 && (state == Automaton::kStart || over >= kLongestCharacter)) return XL_LENGTH;
  return XL_RUNNING;
}

}  // namespace xinglin
