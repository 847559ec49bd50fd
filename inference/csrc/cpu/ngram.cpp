#include "cpu/ngram.h"

#include "ngram_hash.h"
#include "status.h"

namespace xinglin::cpu {
namespace {

constexpr int kMaxRows = 1 << 24;

size_t table_floats(const xl_ngrams& source, int width) {
  return static_cast<size_t>(source.rows) * static_cast<size_t>(width / source.count);
}

const float* copy_table(Arena& arena, const float* table, size_t count) {
  float* kept = arena.take<float>(count);
  for (size_t i = 0; i < count; ++i) {
    require(table[i] - table[i] == 0.0F, XL_BAD_WEIGHT);
    kept[i] = table[i];
  }
  return kept;
}

}  // namespace

void Ngrams::check(const xl_ngrams& source, int width) {
  require(source.count >= 0 && source.count <= kMostOrders);
  if (source.count == 0) return;
  require(source.rows >= 1 && source.rows <= kMaxRows && width % source.count == 0);
  require(source.orders != nullptr && source.tables != nullptr);
  int before = 0;
  for (int i = 0; i < source.count; ++i) {
    require(source.orders[i] > before && source.orders[i] <= kLongestNgram);
    require(source.tables[i] != nullptr);
    before = source.orders[i];
  }
}

size_t Ngrams::arena_bytes(const xl_ngrams& source, int width) {
  if (source.count == 0) return 0;
  return static_cast<size_t>(source.count) *
         Arena::padded(table_floats(source, width) * sizeof(float));
}

Ngrams::Ngrams(const xl_ngrams& source, int width, Arena& arena) {
  if (source.count == 0) return;
  rows_ = static_cast<uint32_t>(source.rows);
  slice_ = static_cast<size_t>(width / source.count);
  for (int i = 0; i < source.count; ++i) {
    orders_.push_back(source.orders[i]);
    tables_.push_back(copy_table(arena, source.tables[i], table_floats(source, width)));
  }
}

void Ngrams::add(const uint8_t* newest, int known, float* x) const {
  uint32_t running = 0;
  int taken = 0;
  for (size_t i = 0; i < tables_.size(); ++i, x += slice_) {
    for (; taken < orders_[i]; ++taken) {
      running = hash_byte(running, taken < known, taken < known ? newest[-taken] : uint8_t{0});
    }
    const float* row = tables_[i] + static_cast<size_t>(spread_hash(running) % rows_) * slice_;
    for (size_t j = 0; j < slice_; ++j) x[j] += row[j];
  }
}

}  // namespace xinglin::cpu
