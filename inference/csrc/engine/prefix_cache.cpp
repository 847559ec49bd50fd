#include "engine/prefix_cache.h"

#include <algorithm>

namespace xinglin {
namespace {

/// Fewer bytes in common are computed again sooner than copied.
constexpr size_t kShortestShared = 8;

/// Length of the common beginning of two texts, up to `most` bytes.
size_t alike(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b, size_t most) {
  const size_t size = std::min({a.size(), b.size(), most});
  const auto end = a.begin() + static_cast<std::ptrdiff_t>(size);
  return static_cast<size_t>(std::mismatch(a.begin(), end, b.begin()).first - a.begin());
}

}  // namespace

PrefixCache::PrefixCache(Stepper& stepper, uint64_t bytes)
    : stepper_(stepper), capacity_(bytes / stepper.kv_cache_bytes()) {
  spare_.reserve(kMostSpare);
}

std::unique_ptr<KvCache> PrefixCache::new_kv_cache() {
  if (spare_.empty()) return stepper_.new_kv_cache();
  std::unique_ptr<KvCache> kv_cache = std::move(spare_.back());
  spare_.pop_back();
  kv_cache->rewind(0);
  return kv_cache;
}

size_t PrefixCache::common_bytes(const std::vector<uint8_t>& prompt,
                                 const std::vector<uint8_t>& text) const {
  const size_t steps = prompt.size() / step_bytes();
  const size_t again = static_cast<size_t>(stepper_.read_again());
  const size_t most = steps == 0 ? 0 : (steps - 1 + again) * step_bytes();
  const size_t common = alike(prompt, text, most);
  const size_t whole_steps = common - common % step_bytes();
  return whole_steps < kShortestShared ? 0 : whole_steps;
}

const KvCache* PrefixCache::find(const std::vector<uint8_t>& prompt, size_t& shared) {
  auto best = prefixes_.end();
  for (auto it = prefixes_.begin(); it != prefixes_.end(); ++it) {
    const size_t common = common_bytes(prompt, it->text);
    if (common <= shared) continue;
    shared = common;
    best = it;
  }
  if (best == prefixes_.end()) return nullptr;
  prefixes_.splice(prefixes_.begin(), prefixes_, best);
  return best->kv_cache.get();
}

void PrefixCache::insert(Slot& slot) {
  const size_t length = static_cast<size_t>(slot.kv_cache->length()) * step_bytes();
  const bool may_stay = capacity_ > 0 && slot.cache_epoch == epoch_;
  if (!may_stay || !slot.kv_cache->whole() || length < kShortestShared) {
    recycle(std::move(slot.kv_cache));
    return;
  }
  std::vector<uint8_t> text = slot.sequence->prompt();
  slot.sequence->append_drawn(text);
  text.resize(std::min(text.size(), length));
  drop_superseded(text);
  prefixes_.push_front({slot.sequence, std::move(text), std::move(slot.kv_cache)});
  if (prefixes_.size() > capacity_) {
    recycle(std::move(prefixes_.back().kv_cache));
    prefixes_.pop_back();
  }
}

/// Drop what is of no use beside this text: its own beginnings, as the turn before, and drafts that
/// nobody chose.
void PrefixCache::drop_superseded(const std::vector<uint8_t>& text) {
  for (auto it = prefixes_.begin(); it != prefixes_.end();) {
    const bool beginning =
        it->text.size() <= text.size() && alike(it->text, text, text.size()) == it->text.size();
    const bool superseded = beginning || it->sequence->discarded();
    if (superseded) recycle(std::move(it->kv_cache));
    it = superseded ? prefixes_.erase(it) : std::next(it);
  }
}

void PrefixCache::clear(uint64_t epoch) {
  epoch_ = epoch;
  prefixes_.clear();
  spare_.clear();
}

void PrefixCache::recycle(std::unique_ptr<KvCache> kv_cache) {
  if (spare_.size() < kMostSpare) spare_.push_back(std::move(kv_cache));
}

}  // namespace xinglin
