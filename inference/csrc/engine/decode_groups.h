/// Chooses which sequences of a batch decode in a step: all, or groups that take turns.
#pragma once

#include <vector>

#include "engine/batch_tuner.h"
#include "engine/stepper.h"

namespace xinglin {

class DecodeGroups {
 public:
  /// grouped: whether there may be groups at all; else every sequence decodes in every step.
  explicit DecodeGroups(bool grouped) : grouped_(grouped) {}

  /// Pick the next group when the time slice ends or the group is empty: the least-served
  /// sequences first.
  void update(std::vector<Slot>& slots);

  /// Whether a slot decodes in this step.
  bool includes(const Slot& slot) const { return all_ || slot.group_id == group_id_; }

  /// Record how long a step of so many decoding sequences took.
  void measure(size_t rows, double seconds) { tuner_.measure(rows, seconds); }

 private:
  const bool grouped_;
  BatchTuner tuner_;
  uint64_t group_id_ = 0;
  uint64_t min_service_ = 0;  // service count of the least-served when the group was chosen
  int steps_left_ = 0;        // of the time slice
  bool all_ = true;           // whether every sequence is in the group
};

}  // namespace xinglin
