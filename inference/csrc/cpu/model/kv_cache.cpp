#include "cpu/model/kv_cache.h"

#include <algorithm>

namespace xinglin::cpu {
namespace {

/// The oldest position that a chunk's first row sees and the chunk's last may both lie inside a
/// panel; one panel more than the positions fill keeps them apart.
int panels_for(int context, int chunk) { return round_up(context + chunk, kLanes) / kLanes + 1; }

/// Of one head.
size_t ring_bytes(const Model& model, int panels) {
  return Arena::padded(static_cast<size_t>(panels) * HeadView::panel_bytes(model.head_width()));
}

}  // namespace

KvCache::KvCache(const Model& model, int chunk)
    : heads_per_layer_(model.heads()),
      panels_(panels_for(model.context(), chunk)),
      step_bytes_(static_cast<size_t>(model.step_bytes())),
      raw_width_(model.mixes() ? 2 * static_cast<size_t>(model.width()) : 0),
      raw_(raw_width_ * static_cast<size_t>(model.layers())),
      arena_(ring_bytes(model, panels_) * static_cast<size_t>(model.layers() * model.heads()),
             Pages::kSmall),  // a short text takes what it fills, and no time to clear the rest
      bytes_(step_bytes_ * static_cast<size_t>(model.context() + chunk + kLongestNgram)) {
  const int count = model.layers() * model.heads();
  heads_.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    heads_.emplace_back(arena_.take<uint8_t>(ring_bytes(model, panels_)), panels_,
                        model.head_width());
  }
}

size_t KvCache::bytes(const Model& model, int chunk) {
  return ring_bytes(model, panels_for(model.context(), chunk)) *
             static_cast<size_t>(model.layers() * model.heads()) +
         (model.mixes() ? static_cast<size_t>(2 * model.layers() * model.width()) : 0) *
             sizeof(float) +
         sizeof(KvCache);
}

void KvCache::copy(const xinglin::KvCache& other, int64_t length) {
  const KvCache& from = static_cast<const KvCache&>(other);
  const int panels = round_up(static_cast<int>(length), kLanes) / kLanes;
  for (size_t i = 0; i < heads_.size(); ++i) {
    std::copy_n(from.heads_[i].memory, static_cast<size_t>(panels) * heads_[i].panel_bytes(),
                heads_[i].memory);
  }
  const size_t read = step_bytes_ * static_cast<size_t>(length);
  std::copy_n(from.bytes_.begin(), std::min(bytes_.size(), read), bytes_.begin());
  replays_ = raw_width_ > 0;
  length_ = replays_ ? length - 1 : length;
}

void KvCache::rewind(int64_t length) {
  length_ = length;
  replays_ = false;
  std::fill(raw_.begin(), raw_.end(), 0.0F);
}

void KvCache::remember(const uint8_t* bytes, int count) {
  const size_t begin = step_bytes_ * static_cast<size_t>(length_);
  const size_t n = step_bytes_ * static_cast<size_t>(count);
  for (size_t i = 0; i < n; ++i) bytes_[(begin + i) % bytes_.size()] = bytes[i];
}

int KvCache::recall(int64_t end, int most, uint8_t* bytes) const {
  const int count = static_cast<int>(std::min<int64_t>(most, end));
  const size_t begin = step_bytes_ * static_cast<size_t>(end - count);
  const size_t n = step_bytes_ * static_cast<size_t>(count);
  for (size_t i = 0; i < n; ++i) bytes[i] = bytes_[(begin + i) % bytes_.size()];
  return count;
}

}  // namespace xinglin::cpu
