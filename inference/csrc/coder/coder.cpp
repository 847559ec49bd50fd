#include "coder/coder.h"

#include <algorithm>

namespace xinglin::coder {

Coder::Coder(std::shared_ptr<const cpu::Model> model)
    : window_(std::move(model)), encoder_(code_) {}

/// Many rows at a time, which is faster and gives the same bits as the decoder's single rows.
void Coder::encode(const uint8_t* data, size_t n) {
  for (size_t i = 0; i < n;) {
    const size_t rows = std::min(n - i, static_cast<size_t>(window_.room()));
    const float* logits = window_.read(data + i, static_cast<int>(rows));
    for (size_t j = 0; j < rows; ++j) encode_byte(data[i + j], logits + j * cpu::kVocabulary);
    i += rows;
  }
}

size_t Coder::take(uint8_t* code, size_t capacity) {
  const size_t n = std::min(capacity, code_.size());
  std::copy_n(code_.begin(), n, code);
  code_.erase(code_.begin(), code_.begin() + static_cast<std::ptrdiff_t>(n));
  return n;
}

void Coder::decode(uint8_t* data, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    (void)window_.room();
    data[i] = decode_byte(window_.next());
    (void)window_.read(data + i, 1);
  }
}

void Coder::encode_byte(uint8_t byte, const float* logits) {
  const Frequencies share = frequencies(logits, powers_);
  uint64_t start = 0;
  for (size_t i = 0; i < byte; ++i) start += share[i];
  encoder_.encode(start, share[byte], kTotalBits);
}

uint8_t Coder::decode_byte(const float* logits) {
  const Frequencies share = frequencies(logits, powers_);
  const uint64_t place = decoder_.find(kTotalBits);
  uint64_t start = 0;
  size_t byte = 0;
  for (; place >= start + share[byte]; ++byte) start += share[byte];
  decoder_.take(start, share[byte]);
  return static_cast<uint8_t>(byte);
}

}  // namespace xinglin::coder
