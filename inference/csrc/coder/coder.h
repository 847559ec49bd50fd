/// Lossless compression: bytes to code and back, each byte by the model's own probability of it, or
/// by that mixed with what the text has shown.
///
/// Frames follow each other: what one frame taught is known in the next, whichever way it went.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "coder/frequencies.h"
#include "coder/mixture.h"
#include "coder/range.h"
#include "coder/window.h"

namespace xinglin::coder {

class Coder {
 public:
  Coder(std::shared_ptr<const cpu::Model> model, bool mixed);
  Coder(const Coder&) = delete;  // its parts point at each other
  Coder& operator=(const Coder&) = delete;

  /// Append n bytes to the frame.
  void encode(const uint8_t* data, size_t n);
  /// End the frame: after this all of its code can be taken.
  void finish();
  /// Move up to `capacity` bytes of code out; returns how many.
  size_t take(uint8_t* code, size_t capacity);

  /// Begin a frame whose whole code this is.
  void load(const uint8_t* code, size_t n);
  /// Give the frame's next n bytes. Of a code that was not made by `encode` they are arbitrary.
  void decode(uint8_t* data, size_t n);

 private:
  void encode_byte(uint8_t byte, const float* logits);
  uint8_t decode_byte(const float* logits);

  PowerTable powers_;
  std::optional<Mixture> mixture_;
  Window window_;
  std::vector<uint8_t> code_;
  RangeEncoder encoder_;
  RangeDecoder decoder_;
};

}  // namespace xinglin::coder
