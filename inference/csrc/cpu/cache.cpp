#include "cpu/cache.h"

#include <algorithm>

namespace xinglin::cpu {
namespace {

/// The oldest position that a chunk's first row sees and the chunk's last may both lie inside a
/// panel; one panel more than the positions fill keeps them apart.
int panels_for(int context, int chunk) { return round_up(context + chunk, kLanes) / kLanes + 1; }

struct HeadSizes {
  size_t slots, key, value;

  HeadSizes(const Model& model, int panels)
      : slots(static_cast<size_t>(panels) * kLanes),
        key(slots * static_cast<size_t>(round_up(model.head_width(), kDeep))),
        value(slots * static_cast<size_t>(round_up(model.head_width(), kLanes))) {}

  size_t bytes() const {
    return Arena::padded(key) + Arena::padded(value) + 3 * Arena::padded(slots * sizeof(float));
  }
};

}  // namespace

Cache::Cache(const Model& model, int chunk)
    : heads_per_layer_(model.heads()),
      panels_(panels_for(model.context(), chunk)),
      arena_(
          HeadSizes(model, panels_).bytes() * static_cast<size_t>(model.layers() * model.heads()),
          Pages::kSmall),  // a short text takes what it fills, and no time to clear the rest
      bytes_(static_cast<size_t>(model.context() + chunk + kLongestNgram)) {
  const HeadSizes sizes(model, panels_);
  const int count = model.layers() * model.heads();
  heads_.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    HeadView head{};
    head.panels = panels_;
    head.deep = round_up(model.head_width(), kDeep) / kDeep;
    head.value_width = round_up(model.head_width(), kLanes);
    head.key = arena_.take<int8_t>(sizes.key);
    head.key_scale = arena_.take<float>(sizes.slots);
    head.key_unoffset = arena_.take<int32_t>(sizes.slots);
    head.value = arena_.take<int8_t>(sizes.value);
    head.value_scale = arena_.take<float>(sizes.slots);
    heads_.push_back(head);
  }
}

size_t Cache::bytes(const Model& model, int chunk) {
  const HeadSizes sizes(model, panels_for(model.context(), chunk));
  return sizes.bytes() * static_cast<size_t>(model.layers() * model.heads()) + sizeof(Cache);
}

void Cache::copy(const Context& other, int64_t length) {
  const Cache& from = static_cast<const Cache&>(other);
  const int panels = round_up(static_cast<int>(length), kLanes) / kLanes;
  const size_t slots = static_cast<size_t>(panels) * kLanes;
  for (size_t i = 0; i < heads_.size(); ++i) {
    const HeadView &to = heads_[i], &source = from.heads_[i];
    std::copy_n(source.key, slots * static_cast<size_t>(to.deep) * kDeep, to.key);
    std::copy_n(source.key_scale, slots, to.key_scale);
    std::copy_n(source.key_unoffset, slots, to.key_unoffset);
    std::copy_n(source.value, slots * static_cast<size_t>(to.value_width), to.value);
    std::copy_n(source.value_scale, slots, to.value_scale);
  }
  std::copy_n(from.bytes_.begin(), std::min<size_t>(bytes_.size(), static_cast<size_t>(length)),
              bytes_.begin());
  length_ = length;
}

void Cache::remember(const uint8_t* bytes, int count) {
  const size_t room = bytes_.size();
  for (int i = 0; i < count; ++i) bytes_[static_cast<size_t>(length_ + i) % room] = bytes[i];
}

int Cache::recall(int64_t end, int most, uint8_t* bytes) const {
  const int count = static_cast<int>(std::min<int64_t>(most, end));
  for (int i = 0; i < count; ++i) {
    bytes[i] = bytes_[static_cast<size_t>(end - count + i) % bytes_.size()];
  }
  return count;
}

}  // namespace xinglin::cpu
