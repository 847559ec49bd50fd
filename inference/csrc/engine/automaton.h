/// The bytes that may come next. Reference: inference/automaton.py.
#pragma once

#include <cstdint>
#include <vector>

#include "common/constants.h"
#include "common/status.h"

namespace xinglin {

class Automaton {
 public:
  /// Copies the table. Throws Failure(XL_BAD_AUTOMATON) when it leads outside itself, or when some
  /// state other than the end forbids every byte.
  explicit Automaton(const xl_automaton& source) {
    require(source.next != nullptr);
    require(source.states >= 2 && source.states <= kForbidden, XL_BAD_AUTOMATON);
    next_.assign(source.next, source.next + static_cast<size_t>(source.states) * 256);
    for (int state = 0; state < source.states; ++state) {
      bool leaves = state == kAutomatonFinished;
      for (int byte = 0; byte < 256; ++byte) {
        const uint8_t next = after(static_cast<uint8_t>(state), static_cast<uint8_t>(byte));
        require(next == kForbidden || next < source.states, XL_BAD_AUTOMATON);
        leaves = leaves || next != kForbidden;
      }
      require(leaves, XL_BAD_AUTOMATON);
    }
  }

  uint8_t after(uint8_t state, uint8_t byte) const { return row(state)[byte]; }
  /// (256,): the state after each byte.
  const uint8_t* row(uint8_t state) const { return next_.data() + size_t{state} * 256; }
  int states() const { return static_cast<int>(next_.size() / 256); }

 private:
  std::vector<uint8_t> next_;
};

}  // namespace xinglin
