/// Counts of one scheduler that the engine's statistics do not have yet.
#pragma once

#include "xinglin.h"

namespace xinglin {

struct Statistics {
  uint64_t sequences_finished = 0;
  uint64_t bytes_decoded = 0;
  uint64_t bytes_prefilled = 0;
  uint64_t bytes_shared = 0;
  uint64_t steps = 0;
  double busy_s = 0.0;

  /// Add everything to the engine's, and begin again.
  void publish(xl_engine_stats& engine) {
    engine.sequences_finished += sequences_finished;
    engine.bytes_decoded += bytes_decoded;
    engine.bytes_prefilled += bytes_prefilled;
    engine.bytes_shared += bytes_shared;
    engine.steps += steps;
    engine.busy_s += busy_s;
    *this = {};
  }
};

}  // namespace xinglin
