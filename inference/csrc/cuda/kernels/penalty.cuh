/// The original's repetition penalty. Reference: engine/penalty.h, sum by sum the same.
#pragma once

#include "cuda/kernels/layout.h"

namespace xinglin::cuda {

/// Append one byte to a history of n; the whole block takes part. Every match grows by one or falls
/// back to one. A barrier is needed before and after.
template <class T>
XL_DEVICE void feed_match(const T& t, uint8_t* history, uint8_t* match, int64_t n, uint8_t byte) {
  for (int64_t back = 1 + t.index(); back <= n; back += t.count()) {
    const int m = match[back - 1];
    const int longer = m < kLongestMatch ? m + 1 : kLongestMatch;
    match[back - 1] = static_cast<uint8_t>(history[n - back] == byte ? longer : 1);
  }
  if (t.index() == 0) {
    match[n] = 1;
    history[n] = byte;
  }
}

/// penalty: (256,), what is taken off each logit; a warp takes it. Each lane walks the history for
/// bytes of its own, so that each byte's sum has the order of the text.
template <class T>
XL_DEVICE void match_penalty(const T& t, const uint8_t* history, const uint8_t* match, int64_t n,
                             const double* growth, double* penalty) {
  for (int i = t.lane(); i < kVocabulary; i += 32) penalty[i] = 0.0;
  for (int64_t k = 0; k < n; ++k) {
    const int byte = history[k];
    if (byte % 32 != t.lane()) continue;
    penalty[byte] += growth[match[n - k - 1]] / static_cast<double>(n - k);
  }
}

}  // namespace xinglin::cuda
