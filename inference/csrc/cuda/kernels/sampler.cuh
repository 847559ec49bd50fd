/// Draws the next byte; a warp takes a row. Reference: engine/sampler.cpp, step by step the same,
/// in double, so that both draw the same byte unless exp or log round otherwise on the device.
#pragma once

#include <cmath>

#include "cuda/kernels/layout.h"
#include "cuda/kernels/penalty.cuh"
#include "cuda/kernels/scalar_simd.h"
#include "engine/random.h"

namespace xinglin::cuda {

template <class T>
XL_DEVICE double largest_double(const T& t, double x) {
  for (int bits = 16; bits > 0; bits /= 2) {
    const double other = t.swap(x, bits);
    x = other > x ? other : x;
  }
  return x;
}

/// The sum as NumPy makes it: eight running sums in each half.
template <class T>
XL_DEVICE double pairwise_sum(const T& t, const double* x) {
  const int lane = t.lane() % 16;
  double sum = 0.0;
  for (int i = 0; i < 16; ++i) sum = sum + x[lane / 8 * 128 + i * 8 + lane % 8];
  for (int bits = 1; bits <= 8; bits *= 2) sum = sum + t.swap(sum, bits);
  return sum;
}

/// Numbers that are not negative stand in the order of their bits.
XL_HD inline uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

XL_HD inline int ones(uint32_t x) {
#if defined(__CUDA_ARCH__)
  return __popc(x);
#else
  return __builtin_popcount(x);
#endif
}

/// The lowest bit that is one; x is not zero.
XL_HD inline int lowest(uint32_t x) {
#if defined(__CUDA_ARCH__)
  return __ffs(static_cast<int>(x)) - 1;
#else
  return __builtin_ctz(x);
#endif
}

/// Number of the 256 for which `test` is true; every lane gets it.
template <class T, class Test>
XL_DEVICE int count_if(const T& t, const double* p, const Test& test) {
  int count = 0;
  for (int i = t.lane(); i < kVocabulary; i += 32) count += ones(t.vote(test(p[i])));
  return count;
}

/// body(x) for those of the 256 numbers that are not zero, in order, every lane the same; it
/// returns whether to go on.
template <class T, class Body>
XL_DEVICE void for_each(const T& t, const double* p, const Body& body) {
  for (int first = 0; first < kVocabulary; first += 32) {
    uint32_t left = t.vote(p[first + t.lane()] != 0.0);
    for (; left != 0; left &= left - 1) {
      const int i = first + lowest(left);
      if (!body(i, p[i])) return;
    }
  }
}

/// The largest number that at least `count` of the 256 reach, bit by bit from the top.
template <class T>
XL_DEVICE uint64_t count_th_largest(const T& t, const double* p, int count) {
  uint64_t least = 0;
  for (int bit = 62; bit >= 0; --bit) {
    const uint64_t more = least | uint64_t{1} << bit;
    if (count_if(t, p, [=](double x) { return bits_of(x) >= more; }) >= count) least = more;
  }
  return least;
}

/// Zero all but the `count` largest; of equals the smaller byte stays.
template <class T>
XL_DEVICE void keep_largest(const T& t, double* p, int count) {
  const uint64_t least = count_th_largest(t, p, count);
  int equals = count - count_if(t, p, [=](double x) { return bits_of(x) > least; });
  for (int i = t.lane(); i < kVocabulary; i += 32) {
    const uint64_t bits = bits_of(p[i]);
    const uint32_t same = t.vote(bits == least);
    const int before = ones(same & ((1U << t.lane()) - 1U));
    if (bits < least || (bits == least && before >= equals)) p[i] = 0.0;
    equals -= ones(same);
  }
  t.sync_warp();
}

template <class T>
XL_DEVICE double entropy(const T& t, const double* p, double* terms) {
  for (int i = t.lane(); i < kVocabulary; i += 32) terms[i] = p[i] > 0.0 ? p[i] * log(p[i]) : 0.0;
  t.sync_warp();
  double sum = 0.0;
  for (int i = 0; i < kVocabulary; ++i) sum = sum + terms[i];
  return -sum;
}

/// Number of the most probable bytes that reach `share` together.
template <class T>
XL_DEVICE int reach_of(const T& t, const double* p, double share, double* sorted) {
  for (int i = t.lane(); i < kVocabulary; i += 32) {
    int rank = 0;
    for (int j = 0; j < kVocabulary; ++j) {
      if (p[j] > p[i] || (p[j] == p[i] && j < i)) ++rank;
    }
    sorted[rank] = p[i];
  }
  t.sync_warp();
  double sum = 0.0;
  for (int i = 0; i < kVocabulary; ++i) {
    sum = sum + sorted[i];
    if (sum >= share) return i + 1;
  }
  return kVocabulary;
}

/// Number of the most probable bytes that may be drawn.
template <class T>
XL_DEVICE int count_of(const T& t, const xl_sampling& options, const double* p, double* spare) {
  const int possible = count_if(t, p, [](double x) { return x > 0.0; });
  if (options.method == XL_TOP_K) return options.top_k < possible ? options.top_k : possible;
  if (options.method == XL_TOP_P) {
    const int reach = reach_of(t, p, options.top_p, spare);
    return reach < possible ? reach : possible;
  }
  if (options.method == XL_MIN_P) {
    double top = 0.0;
    for (int i = t.lane(); i < kVocabulary; i += 32) top = p[i] > top ? p[i] : top;
    const double floor = options.min_p * largest_double(t, top);
    return count_if(t, p, [=](double x) { return x > 0.0 && x >= floor; });
  }
  const double wanted = options.top_e * exp(entropy(t, p, spare));
  if (wanted >= possible) return possible;
  const int count = static_cast<int>(::floor(wanted + 0.5));
  return count > 1 ? count : 1;
}

/// XL_WYGPT: take 1/256 off each and clip; where nothing is left, keep the largest.
template <class T>
XL_DEVICE void cut(const T& t, double* p) {
  const uint64_t top = count_th_largest(t, p, 1);
  uint32_t any = 0;
  for (int i = t.lane(); i < kVocabulary; i += 32) any |= t.vote(p[i] - 1.0 / 256.0 > 0.0);
  for (int i = t.lane(); i < kVocabulary; i += 32) {
    const uint32_t largest = any != 0 ? 0 : t.vote(bits_of(p[i]) == top);
    const double left = p[i] - 1.0 / 256.0;
    p[i] = any != 0 && left > 0.0 ? left : 0.0;
    if (largest != 0) {
      if (t.lane() == lowest(largest)) p[i] = 1.0;
      any = ~0U;  // the first of equals only
    }
  }
  t.sync_warp();
}

/// Probability with which each byte is drawn, in p; 0 for those that may not be drawn. `spare`
/// holds the penalty when there is one, and is overwritten. False when a logit is not finite or no
/// byte is allowed.
template <class T>
XL_DEVICE bool weigh(const T& t, const float* logits, const uint8_t* next,
                     const xl_sampling& options, double* p, double* spare) {
  constexpr double kSqrt2 = 1.4142135623730951;
  const bool penalised = options.method == XL_WYGPT;
  uint32_t broken = 0;
  uint32_t possible = 0;
  double top = -INFINITY;
  for (int i = t.lane(); i < kVocabulary; i += 32) {
    const bool allowed = next[i] != kForbidden;
    broken |= t.vote(!(logits[i] - logits[i] == 0.0F));
    possible |= t.vote(allowed);
    double x = static_cast<double>(logits[i]);
    if (penalised) x = (x - spare[i]) * kSqrt2;
    p[i] = allowed ? x / options.temperature : -INFINITY;
    top = p[i] > top ? p[i] : top;
  }
  if (broken != 0 || possible == 0) return false;
  top = largest_double(t, top);
  for (int i = t.lane(); i < kVocabulary; i += 32) {
    const double below = p[i] - top;
    p[i] = below < -746.0 ? 0.0 : exp(below);
  }
  t.sync_warp();
  const double sum = pairwise_sum(t, p);
  t.sync_warp();
  for (int i = t.lane(); i < kVocabulary; i += 32) p[i] = p[i] / sum;
  t.sync_warp();
  if (penalised) {
    cut(t, p);
  } else {
    keep_largest(t, p, count_of(t, options, p, spare));
  }
  return true;
}

/// Walk the candidates in byte order to the first whose running sum passes u of the total.
template <class T>
XL_DEVICE int draw(const T& t, const double* weights, double u) {
  double total = 0.0;
  for_each(t, weights, [&](int, double x) {
    total = total + x;
    return true;
  });
  double sum = 0.0;
  int last = 0;
  for_each(t, weights, [&](int i, double x) {
    sum = sum + x;
    last = i;
    return !(sum > u * total);
  });
  return last;
}

/// Choose a sequence's next byte from p, as `weigh` left it; every lane gets it.
template <class T>
XL_DEVICE int pick(const T& t, const double* p, const xl_sampling& options, uint64_t* generator,
                   double* nll) {
  SplitMix64 random(*generator);
  const int byte = draw(t, p, random.uniform());
  t.sync_warp();
  if (t.lane() == 0) {
    *generator = random.state();
    // What stays keeps its probability; `cut` took a part of it off.
    const double p0 = p[byte] + (options.method == XL_WYGPT ? 1.0 / 256.0 : 0.0);
    *nll -= log(p0 < 1.0 ? p0 : 1.0);
  }
  return byte;
}

/// Commit a byte that was drawn, and whether the sequence ends with it.
XL_HD inline void commit(SequenceState& sequence, Output& output, int byte) {
  sequence.before = sequence.last;
  sequence.last = static_cast<uint8_t>(byte);
  sequence.state = sequence.automaton[sequence.state * kVocabulary + byte];
  output.byte[sequence.drawn] = sequence.last;
  output.state[sequence.drawn] = sequence.state;
  output.nll[sequence.drawn] = sequence.nll;
  ++sequence.drawn;
  ++sequence.made;
  const int over = sequence.made - sequence.max_bytes;
  if (sequence.state == kAutomatonFinished) {
    sequence.finish = XL_END;
  } else if (over >= 0 && (sequence.state == kAutomatonStart || over >= kLongestCharacter)) {
    sequence.finish = XL_LENGTH;
  }
}

}  // namespace xinglin::cuda
