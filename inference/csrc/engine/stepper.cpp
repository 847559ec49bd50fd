#include "engine/stepper.h"

namespace xinglin {

xl_finish commit_byte(Slot& slot, uint8_t byte, uint8_t state, double nll, Clock::time_point now) {
  await(slot, byte);
  slot.state = state;
  ++slot.made;
  slot.sequence->append(byte, state == kAutomatonStart, now, nll);
  if (state == kAutomatonFinished) return XL_END;
  const int beyond = slot.made - slot.sequence->max_bytes();
  if (beyond >= 0 && (state == kAutomatonStart || beyond >= kLongestCharacter)) return XL_LENGTH;
  return XL_RUNNING;
}

}  // namespace xinglin
