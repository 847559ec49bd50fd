#include "cuda/host/scorer.h"

#include <algorithm>

namespace xinglin::cuda {

Scorer::Scorer(std::shared_ptr<const Model> model, int chunk)
    : TextScorer(kMostGiven),
      model_(std::move(model)),
      rows_(std::min(chunk, model_->shared().rows)),
      kv_cache_(model_->cache(), std::make_shared<KvCacheMemory>(model_->cache().bytes(), 0),
                queue_),
      input_(kMostGiven),
      sequence_(1),
      logits_(static_cast<size_t>(kMostGiven) * kVocabulary) {}

void Scorer::logits(const uint8_t* data, size_t n, float* logits) {
  for (size_t i = 0; i < n;) {
    const size_t part = std::min<size_t>(n - i, kMostGiven - text_.size());
    launch(data + i, part, logits + i * kVocabulary);
    i += part;
  }
}

/// A waiting byte goes in front again; its own logits are known already.
void Scorer::launch(const uint8_t* data, size_t n, float* logits) {
  const size_t known = text_.size();
  text_.insert(text_.end(), data, data + n);
  SequenceState sequence{};
  sequence.input = input_.data();
  sequence.given = static_cast<int32_t>(text_.size());
  sequence.blank = step_bytes() == 2 && known == 0 ? 1 : 0;
  kv_cache_.fill(sequence);
  Launch launch{};
  launch.model = model_->view();
  launch.cache = model_->cache();
  launch.shared = model_->shared();
  launch.sequences = sequence_.data();
  launch.count = launch.slots = 1;
  launch.steps = kMostGiven;
  launch.rows = rows_;
  launch.logits = logits_.data();
  queue_.copy(input_.data(), text_.data(), text_.size());
  queue_.copy(sequence_.data(), &sequence, sizeof sequence);
  queue_.decode(launch, 1);
  queue_.copy(logits, logits_.data() + known * kVocabulary, n * kVocabulary * sizeof(float));
  queue_.wait();
  const size_t steps = text_.size() / step_bytes();
  kv_cache_.append(text_.data(), steps);
  text_.erase(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(steps * step_bytes()));
}

}  // namespace xinglin::cuda
