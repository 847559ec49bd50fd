/// The running hash of the last bytes or pairs, newest first. Reference: inference/model/ngram.py.
#pragma once

#include <cstdint>

#include "host_device.h"

namespace xinglin {

/// FNV's 32-bit prime.
constexpr uint32_t kNgramPrime = 0x01000193;

/// Take one unit more: a byte, or a pair as 256 * first + second. Before the beginning of the text
/// `known` is false.
XL_HD inline uint32_t hash_unit(uint32_t running, bool known, uint32_t unit) {
  return running * kNgramPrime ^ (known ? unit + 1U : 0U);
}

/// The finisher of MurmurHash3 (public domain, Austin Appleby).
XL_HD inline uint32_t spread_hash(uint32_t value) {
  value = (value ^ (value >> 16)) * 0x85EBCA6BU;
  value = (value ^ (value >> 13)) * 0xC2B2AE35U;
  return value ^ (value >> 16);
}

}  // namespace xinglin
