#include "cpu/model/reader.h"

#include <algorithm>

namespace xinglin::cpu {

Reader::Reader(std::shared_ptr<const Model> model, int chunk)
    : model_(std::move(model)), chunk_(chunk), cache_(*model_, chunk), forward_(*model_, chunk) {}

void Reader::read(const uint8_t* bytes, int n, int wanted, float* logits) {
  if (model_->step_bytes() == 2) {
    read_pairs(bytes, n, wanted, logits);
    return;
  }
  const Run run{&cache_, bytes, n, wanted};
  forward_.step(&run, 1, logits);
}

void Reader::rewind() {
  cache_.rewind(0);
  text_.clear();
  forward_.clear();
}

void Reader::read_pairs(const uint8_t* bytes, int n, int wanted, float* logits) {
  text_.insert(text_.end(), bytes, bytes + n);
  const int pairs = static_cast<int>(text_.size() / 2);
  // The last output is always wanted: the next second byte may come after it.
  const int outputs = wanted > 1 ? pairs : std::min(pairs, 1);
  if (pairs > 0) {
    const Run run{&cache_, text_.data(), pairs, outputs};
    forward_.read(&run, 1);
  }
  if (wanted > 0) add_heads(static_cast<int>(text_.size()) - wanted, pairs - outputs, logits);
  if (pairs > 0) forward_.carry(outputs - 1);
  text_.erase(text_.begin(), text_.begin() + 2 * pairs);
}

/// Both heads for the bytes of the text from `begin` on; `before` pairs have no output.
void Reader::add_heads(int begin, int before, float* logits) {
  const int end = static_cast<int>(text_.size());
  constexpr size_t kEveryOther = 2 * static_cast<size_t>(kVocabulary);
  const int even = begin + begin % 2;
  const int odd = begin + 1 - begin % 2;
  firsts_.clear();
  rows_.clear();
  for (int at = even; at < end; at += 2) {
    firsts_.push_back(text_[static_cast<size_t>(at)]);
    rows_.push_back(at / 2 - 1 - before);
  }
  const auto place = [&](int at) { return logits + (at - begin) * kVocabulary; };
  const int seconds = static_cast<int>(rows_.size());
  if (seconds > 0) {
    forward_.second_head({rows_.data(), seconds, place(even), kEveryOther}, firsts_.data());
  }
  rows_.clear();
  for (int at = odd; at < end; at += 2) rows_.push_back(at / 2 - before);
  const int firsts = static_cast<int>(rows_.size());
  if (firsts > 0) forward_.head({rows_.data(), firsts, place(odd), kEveryOther});
}

}  // namespace xinglin::cpu
