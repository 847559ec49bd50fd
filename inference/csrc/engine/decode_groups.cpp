#include "engine/decode_groups.h"

#include <algorithm>

namespace xinglin {

void DecodeGroups::update(std::vector<Slot>& slots) {
  const auto decodes = [](const Slot& slot) { return slot.sequence && !slot.reading(); };
  const bool anybody = std::any_of(slots.begin(), slots.end(), [&](const Slot& slot) {
    return decodes(slot) && includes(slot);
  });
  if (anybody && --steps_left_ >= 0) return;
  steps_left_ = BatchTuner::kTimeSlice - 1;
  std::vector<Slot*> running;
  for (Slot& slot : slots) {
    if (!decodes(slot)) continue;
    // A sequence that has only just read its prompt begins with the least-served.
    slot.service_count = std::max(slot.service_count, min_service_);
    running.push_back(&slot);
  }
  const size_t count = grouped_ ? tuner_.choose(running.size()) : running.size();
  all_ = count == running.size();
  ++group_id_;
  std::stable_sort(running.begin(), running.end(), [](const Slot* a, const Slot* b) {
    return a->service_count < b->service_count;
  });
  if (count > 0) min_service_ = running[0]->service_count;
  for (size_t i = 0; i < count; ++i) running[i]->group_id = group_id_;
}

}  // namespace xinglin
