#include "coder/coder.h"

#include <algorithm>

#include "coder/memory_mixture.h"
#include "coder/mixture.h"
#include "common/status.h"

namespace xinglin::coder {
namespace {

constexpr uint64_t kBitWhole = static_cast<uint64_t>(kBitTotal);

}  // namespace

Coder::Coder(std::shared_ptr<const cpu::Model> model, bool mixed)
    : window_(std::move(model)), encoder_(code_) {
  if (mixed) mixture_ = std::make_unique<Mixture>(powers_);
}

void Coder::remember(std::shared_ptr<const MemoryIndex> memory) {
  require(mixture_ != nullptr && !begun_);
  mixture_ = std::make_unique<MemoryMixture>(powers_, std::move(memory));
}

/// Many rows at a time, which is faster and gives the same bits as the decoder's single rows.
void Coder::encode(const uint8_t* data, size_t n) {
  begun_ = true;
  for (size_t i = 0; i < n;) {
    const size_t rows = std::min(n - i, static_cast<size_t>(window_.room()));
    const float* logits = window_.read(data + i, static_cast<int>(rows));
    for (size_t j = 0; j < rows; ++j) encode_byte(data[i + j], logits + j * kVocabulary);
    i += rows;
  }
}

void Coder::finish() {
  window_.align();
  encoder_.finish();
}

void Coder::load(const uint8_t* code, size_t n) {
  window_.align();
  decoder_.load(code, n);
}

size_t Coder::take(uint8_t* code, size_t capacity) {
  const size_t n = std::min(capacity, code_.size());
  std::copy_n(code_.begin(), n, code);
  code_.erase(code_.begin(), code_.begin() + static_cast<std::ptrdiff_t>(n));
  return n;
}

void Coder::decode(uint8_t* data, size_t n) {
  begun_ = true;
  for (size_t i = 0; i < n; ++i) {
    (void)window_.room();
    data[i] = decode_byte(window_.next());
    (void)window_.read(data + i, 1);
  }
}

void Coder::encode_byte(uint8_t byte, const float* logits) {
  const Frequencies share = frequencies(logits, powers_);
  if (mixture_) {
    mixture_->begin(share);
    for (int place = 7; place >= 0; --place) {
      const int bit = byte >> place & 1;
      const uint64_t one = static_cast<uint64_t>(mixture_->predict());
      encoder_.encode(bit == 1 ? 0 : one, bit == 1 ? one : kBitWhole - one, kBitBits);
      mixture_->update(bit);
    }
    return;
  }
  uint64_t start = 0;
  for (size_t i = 0; i < byte; ++i) start += share[i];
  encoder_.encode(start, share[byte], kTotalBits);
}

uint8_t Coder::decode_byte(const float* logits) {
  const Frequencies share = frequencies(logits, powers_);
  if (mixture_) {
    unsigned found = 0;
    mixture_->begin(share);
    for (int place = 7; place >= 0; --place) {
      const uint64_t one = static_cast<uint64_t>(mixture_->predict());
      const int bit = decoder_.find(kBitBits) < one ? 1 : 0;
      decoder_.take(bit == 1 ? 0 : one, bit == 1 ? one : kBitWhole - one);
      mixture_->update(bit);
      found = 2 * found + static_cast<unsigned>(bit);
    }
    return static_cast<uint8_t>(found);
  }
  const uint64_t place = decoder_.find(kTotalBits);
  uint64_t start = 0;
  size_t byte = 0;
  for (; place >= start + share[byte]; ++byte) start += share[byte];
  decoder_.take(start, share[byte]);
  return static_cast<uint8_t>(byte);
}

}  // namespace xinglin::coder
