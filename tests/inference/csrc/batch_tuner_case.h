/// Whether the batch tuner finds the size of group that costs least, and notices when another has
/// become the cheaper one.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/batch_tuner.h"

namespace selftest {

/// Let a tuner choose for a while where a row costs `cost(size)`; how often each size was chosen.
template <class Cost>
std::vector<size_t> choices(xinglin::BatchTuner& tuner, size_t running, int turns,
                            const Cost& cost) {
  std::vector<size_t> chosen(running + 1);
  for (int turn = 0; turn < turns; ++turn) {
    const size_t size = tuner.choose(running);
    ++chosen.at(size);
    for (int step = 0; step < xinglin::BatchTuner::kTimeSlice; ++step) {
      // Any step may lose the processor.
      const double lost = (turn + step) % 5 == 0 ? 10.0 : 1.0;
      tuner.measure(size, static_cast<double>(size) * cost(size) * lost);
    }
  }
  return chosen;
}

inline bool batch_tuner_learns() {
  xinglin::BatchTuner tuner;
  bool fine = true;
  for (size_t few = 0; few <= 4; ++few) fine &= tuner.choose(few) == few;
  const auto near = choices(tuner, 20, 400, [](size_t size) { return size == 8 ? 1.0 : 1.2; });
  fine &= near[8] == 397 && near[4] == 1 && near[16] == 1 && near[20] == 1;
  // Texts have grown: now many at a time are cheaper, which it finds out by and by.
  const auto later = [](size_t size) { return size == 20 ? 0.5 : 1.0; };
  (void)choices(tuner, 20, 600, later);
  fine &= choices(tuner, 20, 100, later)[20] >= 90;
  return fine;
}

}  // namespace selftest
