#include "coder/window.h"

#include <algorithm>
#include <cstring>

namespace xinglin::coder {

Window::Window(std::shared_ptr<const cpu::Model> model)
    : reader_(std::move(model), kChunk),
      step_bytes_(reader_.model().step_bytes()),
      rows_(static_cast<size_t>(1 + reader_.most()) * kVocabulary) {
  text_.reserve(static_cast<size_t>(context_bytes()));
}

int Window::room() {
  const int context = context_bytes();
  if (static_cast<int>(text_.size()) == context) renew();
  return std::min(reader_.most(), context - static_cast<int>(text_.size()));
}

const float* Window::read(const uint8_t* data, int n) {
  std::memmove(rows_.data(), next(), kVocabulary * sizeof(float));
  reader_.read(data, n, n, rows_.data() + kVocabulary);
  last_ = static_cast<size_t>(n);
  text_.insert(text_.end(), data, data + n);
  return rows_.data();
}

void Window::align() {
  const uint8_t nothing = 0;
  while (static_cast<int>(text_.size()) % step_bytes_ != 0) (void)read(&nothing, 1);
}

void Window::renew() {
  text_.erase(text_.begin(), text_.end() - step_bytes_ * (reader_.model().context() / 2));
  reader_.rewind();
  const int n = static_cast<int>(text_.size());
  const int most = reader_.most();
  for (int i = 0; i < n; i += most) {
    reader_.read(text_.data() + i, std::min(most, n - i), i + most >= n ? 1 : 0, rows_.data());
  }
  if (n == 0) std::fill_n(rows_.begin(), kVocabulary, 0.0F);
  last_ = 0;
}

}  // namespace xinglin::coder
