/// Range coding: choices with whole frequencies to bytes, and back.
///
/// The interval has 56 bits and a carry; a byte leaves when fewer than 48 are open, so that a total
/// of 2^24 still has units of 2^24. Reference: inference/compression/range_coder.py.
/// Source: Martin 1979, "Range encoding"; the carry as in Schindler's and Pavlov's coders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xinglin::coder {

constexpr uint64_t kWhole = uint64_t{1} << 56;
constexpr uint64_t kNarrow = uint64_t{1} << 48;

class RangeEncoder {
 public:
  explicit RangeEncoder(std::vector<uint8_t>& code) : code_(code) {}

  /// Take the part [start, start + size) of 2^bits; size >= 1.
  void encode(uint64_t start, uint64_t size, int bits) {
    range_ >>= bits;
    low_ += start * range_;
    range_ *= size;
    for (; range_ < kNarrow; range_ <<= 8) shift();
  }

  /// Write as few bytes as name a number inside the interval (behind them the decoder reads zeros)
  /// and begin anew.
  void finish() {
    int bytes = 0;
    uint64_t number = 0;
    for (; bytes <= 7; ++bytes) {
      const uint64_t rest = (kWhole >> (8 * bytes)) - 1;
      number = (low_ + rest) & ~rest;
      if (number < low_ + range_) break;
    }
    low_ = number;
    for (int i = 0; i <= bytes; ++i) shift();
    low_ = 0;
    range_ = kWhole;
    open_ = false;
  }

 private:
  /// Move the highest byte out. It waits, with every 255 behind it, until no carry can reach it.
  void shift() {
    const uint64_t carry = low_ >> 56;
    const uint8_t byte = static_cast<uint8_t>(low_ >> 48);
    if (open_ && carry == 0 && byte == 255) {
      ++waiting_;
    } else {
      if (open_) code_.push_back(static_cast<uint8_t>(last_ + carry));
      code_.insert(code_.end(), waiting_, carry == 0 ? 255 : 0);
      waiting_ = 0;
      last_ = byte;
      open_ = true;
    }
    low_ = (low_ & (kNarrow - 1)) << 8;
  }

  std::vector<uint8_t>& code_;
  uint64_t low_ = 0;
  uint64_t range_ = kWhole;
  uint8_t last_ = 0;
  size_t waiting_ = 0;
  bool open_ = false;  // last_ holds a byte
};

class RangeDecoder {
 public:
  void load(const uint8_t* code, size_t n) {
    code_.assign(code, code + n);
    at_ = 0;
    ahead_ = 0;
    range_ = kWhole;
    for (int i = 0; i < 7; ++i) ahead_ = ahead_ << 8 | next();
  }

  /// Position of the coded number in 2^bits; `take` follows with the part that holds it.
  uint64_t find(int bits) {
    range_ >>= bits;
    const uint64_t last = (uint64_t{1} << bits) - 1;
    const uint64_t place = ahead_ / range_;
    return place < last ? place : last;
  }

  void take(uint64_t start, uint64_t size) {
    ahead_ -= start * range_;
    range_ *= size;
    for (; range_ < kNarrow; range_ <<= 8) ahead_ = ahead_ << 8 | next();
  }

 private:
  uint64_t next() { return at_ < code_.size() ? code_[at_++] : 0; }

  std::vector<uint8_t> code_;
  size_t at_ = 0;
  uint64_t ahead_ = 0;  // the coded number less the interval's beginning
  uint64_t range_ = kWhole;
};

}  // namespace xinglin::coder
