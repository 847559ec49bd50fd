#include "coder/window.h"

#include <algorithm>
#include <cstring>

namespace xinglin::coder {

Window::Window(std::shared_ptr<const cpu::Model> model)
    : model_(std::move(model)),
      cache_(*model_, kChunk),
      forward_(*model_, kChunk),
      rows_(static_cast<size_t>(1 + kChunk) * cpu::kVocabulary) {
  text_.reserve(static_cast<size_t>(model_->context()));
}

int Window::room() {
  const int context = model_->context();
  if (static_cast<int>(text_.size()) == context) renew();
  return std::min(kChunk, context - static_cast<int>(text_.size()));
}

const float* Window::read(const uint8_t* data, int n) {
  std::memmove(rows_.data(), next(), cpu::kVocabulary * sizeof(float));
  forward(data, n, rows_.data() + cpu::kVocabulary, n);
  last_ = static_cast<size_t>(n);
  text_.insert(text_.end(), data, data + n);
  return rows_.data();
}

void Window::renew() {
  text_.erase(text_.begin(), text_.end() - model_->context() / 2);
  cache_.rewind(0);
  const int n = static_cast<int>(text_.size());
  for (int i = 0; i < n; i += kChunk) {
    forward(text_.data() + i, std::min(kChunk, n - i), rows_.data(), i + kChunk >= n ? 1 : 0);
  }
  if (n == 0) std::fill_n(rows_.begin(), cpu::kVocabulary, 0.0F);
  last_ = 0;
}

void Window::forward(const uint8_t* data, int n, float* logits, int logit_rows) {
  const cpu::Run run{&cache_, data, n, logit_rows};
  forward_.step(&run, 1, logits);
}

}  // namespace xinglin::coder
