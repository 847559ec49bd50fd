/// The KV cache of one sequence, in the form in which a backend goes on from it.
#pragma once

#include <cstdint>

namespace xinglin {

class KvCache {
 public:
  virtual ~KvCache() = default;
  /// Steps whose keys and values are in: the next step's position.
  virtual int64_t length() const = 0;
  /// Whether every position from the first is still in, so that another may begin like this.
  virtual bool whole() const = 0;
  /// Become the first `length` positions of another whole one of the same model; `length` is 1 at
  /// least. The model may have to read the last of them again: see Stepper::read_again.
  virtual void copy(const KvCache& from, int64_t length) = 0;
  /// Begin another sequence, or go back to a position whose context is still there.
  virtual void rewind(int64_t length) = 0;
};

}  // namespace xinglin
