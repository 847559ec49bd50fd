#include "cpu/model/ngram.h"

#include "common/ngram_hash.h"
#include "cpu/model/packing.h"

namespace xinglin::cpu {
namespace {

size_t table_floats(const xl_ngrams& source, int table, int width) {
  return static_cast<size_t>(source.rows[table]) * static_cast<size_t>(width / source.count);
}

}  // namespace

size_t Ngrams::arena_bytes(const xl_ngrams& source, int width) {
  size_t bytes = 0;
  for (int i = 0; i < source.count; ++i) {
    bytes += Arena::padded(table_floats(source, i, width) * sizeof(float));
  }
  return bytes;
}

Ngrams::Ngrams(const xl_ngrams& source, int width, int step_bytes, Arena& arena)
    : step_bytes_(step_bytes) {
  if (source.count == 0) return;
  slice_ = static_cast<size_t>(width / source.count);
  for (int i = 0; i < source.count; ++i) {
    orders_.push_back(source.orders[i]);
    rows_.push_back(static_cast<uint32_t>(source.rows[i]));
    const size_t count = table_floats(source, i, width);
    tables_.push_back(copy_floats(arena, source.tables[i], count, count));
  }
}

/// The number of the step that lies `back` steps before the last one.
uint32_t Ngrams::unit(const uint8_t* end, int back) const {
  if (step_bytes_ == 1) return end[-1 - back];
  const uint8_t* pair = end - 2 * (back + 1);
  return 256U * pair[0] + pair[1];
}

void Ngrams::add(const uint8_t* end, int known, float* x) const {
  uint32_t running = 0;
  int taken = 0;
  for (size_t i = 0; i < tables_.size(); ++i, x += slice_) {
    for (; taken < orders_[i]; ++taken) {
      running = hash_unit(running, taken < known, taken < known ? unit(end, taken) : 0U);
    }
    const float* row = tables_[i] + static_cast<size_t>(spread_hash(running) % rows_[i]) * slice_;
    for (size_t j = 0; j < slice_; ++j) x[j] += row[j];
  }
}

}  // namespace xinglin::cpu
