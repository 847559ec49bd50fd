#include "cpu/model/forward.h"

#include <algorithm>
#include <cstring>

namespace xinglin::cpu {
namespace {

size_t stride(int numbers) { return static_cast<size_t>(round_up(numbers, kLanes)); }

/// Bytes of every scratch array together, generously.
size_t scratch_bytes(const Model& model, int max_rows) {
  const size_t e = stride(model.width());
  const size_t query = static_cast<size_t>(model.heads()) * stride(model.head_width());
  const size_t row =
      (e + 4 * e + 3 * kLanes + e + 1 + static_cast<size_t>(model.heads())) * 4 + e + query;
  const size_t scores = 4 * (stride(model.context()) + 4 * kLanes + stride(model.head_width())) * 4;
  const size_t more = 2 * e * sizeof(float) + HeadView::panel_bytes(model.head_width());
  return static_cast<size_t>(max_rows + 2) * row + scores + more + 16 * Arena::kAlignment;
}

}  // namespace

Forward::Forward(const Model& model, int max_rows)
    : model_(model),
      x_stride_(stride(model.width())),
      z_stride_(stride(4 * model.width()) + kLanes),
      q_stride_(x_stride_),
      query_stride_(static_cast<size_t>(model.heads()) * stride(model.head_width())),
      score_stride_(stride(model.context()) + 4 * kLanes),
      text_(static_cast<size_t>(model.step_bytes() * (max_rows + kLongestNgram))),
      arena_(scratch_bytes(model, max_rows)) {
  // One row more than steps: the second head may be asked after all of them and what was before.
  const size_t rows = static_cast<size_t>(max_rows + 1);
  x_ = arena_.take<float>(rows * x_stride_) + x_stride_;
  z_ = arena_.take<float>(rows * z_stride_);
  mixed_ = arena_.take<float>(rows * x_stride_);
  q_ = arena_.take<int8_t>(rows * q_stride_);
  scale_ = arena_.take<float>(rows);
  query_ = arena_.take<int8_t>(rows * query_stride_);
  query_scale_ = arena_.take<float>(rows * static_cast<size_t>(model.heads()));
  scores_ = arena_.take<float>(4 * score_stride_);
  head_mixed_ = arena_.take<float>(4 * stride(model.head_width()));
  raw_ = arena_.take<float>(2 * x_stride_);
  replayed_ = arena_.take<uint8_t>(HeadView::panel_bytes(model.head_width()));
}

void Forward::step(const Run* runs, int count, float* logits) {
  const int wanted = read(runs, count);
  if (wanted == 0) return;
  const Kernels& k = model_.kernels();
  k.quantize(x_, x_stride_, wanted, model_.width(), q_, q_stride_, scale_);
  k.linear(model_.head(), {q_, q_stride_, scale_, wanted}, logits, kVocabulary, false);
}

int Forward::read(const Run* runs, int count) {
  embed(runs, count);
  for (int layer = 0; layer < model_.layers(); ++layer) {
    const Block& block = model_.blocks()[static_cast<size_t>(layer)];
    gate(block.gate_in, x_, rows_);
    attend(runs, count, layer);
    gate(block.gate_out, x_, rows_);
  }
  const int wanted = gather(runs, count);
  model_.kernels().normalise(x_, x_stride_, wanted, model_.width(), 1);
  for (int i = 0; i < count; ++i) runs[i].cache->advance(runs[i].rows);
  return wanted;
}

void Forward::carry(int row) {
  std::memcpy(row_of(x_, -1), row_of(x_, row), x_stride_ * sizeof(float));
}

void Forward::clear() { std::fill_n(row_of(x_, -1), x_stride_, 0.0F); }

void Forward::head(const HeadRows& wanted) {
  const Kernels& k = model_.kernels();
  for (int i = 0; i < wanted.count; ++i) {
    k.quantize(row_of(x_, wanted.rows[i]), x_stride_, 1, model_.width(),
               q_ + static_cast<size_t>(i) * q_stride_, q_stride_, scale_ + i);
  }
  k.linear(model_.head(), {q_, q_stride_, scale_, wanted.count}, wanted.logits, wanted.stride,
           false);
}

void Forward::second_head(const HeadRows& wanted, const uint8_t* firsts) {
  const Kernels& k = model_.kernels();
  const SecondHead& second = model_.second();
  const size_t e = static_cast<size_t>(model_.width());
  for (int i = 0; i < wanted.count; ++i) {
    float* z = row_of(mixed_, i);
    const float* added = second.embedding + firsts[i] * e;
    std::memcpy(z, row_of(x_, wanted.rows[i]), x_stride_ * sizeof(float));
    for (size_t j = 0; j < e; ++j) z[j] += added[j];
  }
  gate(second.gate, mixed_, wanted.count);
  k.normalise(mixed_, x_stride_, wanted.count, model_.width(), 1);
  k.quantize(mixed_, x_stride_, wanted.count, model_.width(), q_, q_stride_, scale_);
  k.linear(second.head, {q_, q_stride_, scale_, wanted.count}, wanted.logits, wanted.stride, false);
}

void Forward::embed(const Run* runs, int count) {
  const int step_bytes = model_.step_bytes();
  float* x = x_;
  rows_ = 0;
  for (int i = 0; i < count; ++i) {
    if (!model_.ngrams().empty()) runs[i].cache->remember(runs[i].bytes, runs[i].rows);
    float* first = x;
    for (int j = 0; j < runs[i].rows; ++j, x += x_stride_) {
      embed_step(runs[i].bytes + j * step_bytes, x);
    }
    if (!model_.ngrams().empty()) add_ngrams(runs[i], first);
    rows_ += runs[i].rows;
  }
}

/// x: (E,), the fixed vector of a byte, or the sum of those of a pair's bytes.
void Forward::embed_step(const uint8_t* bytes, float* x) const {
  const size_t e = static_cast<size_t>(model_.width());
  std::memcpy(x, model_.embedding(bytes[0]), e * sizeof(float));
  if (model_.step_bytes() == 1) return;
  const float* second = model_.embedding(kVocabulary + bytes[1]);
  for (size_t i = 0; i < e; ++i) x[i] += second[i];
}

/// x: the run's first row.
void Forward::add_ngrams(const Run& run, float* x) {
  const int step_bytes = model_.step_bytes();
  const int before = run.cache->recall(run.cache->length(), kLongestNgram, text_.data());
  std::copy_n(run.bytes, run.rows * step_bytes, text_.data() + before * step_bytes);
  for (int j = 0; j < run.rows; ++j, x += x_stride_) {
    const int known = before + j + 1;
    model_.ngrams().add(text_.data() + known * step_bytes, known, x);
  }
}

RowsView Forward::rows_of(const int8_t* q) const { return {q, q_stride_, scale_, rows_}; }

/// x: (rows, E).
void Forward::gate(const GateWeights& weights, float* x, int rows) {
  const Kernels& k = model_.kernels();
  k.quantize(x, x_stride_, rows, model_.width(), q_, q_stride_, scale_);
  k.linear(weights.up_proj, {q_, q_stride_, scale_, rows}, z_, z_stride_, false);
  k.gate(z_, z_stride_, rows, model_.width(), model_.heads(), q_, q_stride_, scale_);
  k.linear(weights.out_proj, {q_, q_stride_, scale_, rows}, x, x_stride_, true);
}

void Forward::attend(const Run* runs, int count, int layer) {
  const Kernels& k = model_.kernels();
  const AttentionWeights& attention = attention_of(layer);
  const int e = model_.width();
  k.quantize(x_, x_stride_, rows_, e, q_, q_stride_, scale_);
  k.linear(attention.qkvg_proj, rows_of(q_), z_, z_stride_, false);
  if (attention.mix != nullptr) mix(runs, count, layer);
  k.normalise(z_, z_stride_, rows_, 4 * e, 4 * model_.heads());
  // What one sequence keeps is read while the next one's is still being written: every line of it
  // may come from a far cache.
  int row = 0;
  store_run(runs[0], row, layer);
  for (int i = 0; i < count; ++i) {
    if (i + 1 < count) store_run(runs[i + 1], row + runs[i].rows, layer);
    attend_run(runs[i], row, layer);
    row += runs[i].rows;
  }
  k.gate_mixed(mixed_, x_stride_, z_ + 3 * e, z_stride_, rows_, e, model_.heads(), q_, q_stride_,
               scale_);
  k.linear(attention.out_proj, rows_of(q_), x_, x_stride_, true);
}

void Forward::mix(const Run* runs, int count, int layer) {
  float* z = z_;
  for (int i = 0; i < count; ++i) {
    mix_run(runs[i], z, layer);
    z += static_cast<size_t>(runs[i].rows) * z_stride_;
  }
}

/// Add to each row's keys and values a part of the row's before; from the last row on, so that
/// these are still as they were projected. z: the run's first row, (rows, 4E).
void Forward::mix_run(const Run& run, float* z, int layer) {
  const size_t e = static_cast<size_t>(model_.width());
  const float* share = attention_of(layer).mix;
  float* last = run.cache->raw(layer);
  float* row = z + static_cast<size_t>(run.rows - 1) * z_stride_;
  std::copy_n(row, e, raw_);
  std::copy_n(row + 2 * e, e, raw_ + e);
  for (; row > z; row -= z_stride_) {
    const float* before = row - z_stride_;
    for (size_t i = 0; i < e; ++i) row[i] += share[i] * before[i];
    for (size_t i = 0; i < e; ++i) row[2 * e + i] += share[e + i] * before[2 * e + i];
  }
  for (size_t i = 0; i < e; ++i) z[i] += share[i] * last[i];
  for (size_t i = 0; i < e; ++i) z[2 * e + i] += share[e + i] * last[e + i];
  std::copy_n(raw_, 2 * e, last);
}

void Forward::store_run(const Run& run, int row, int layer) {
  const int replayed = run.cache->replays() ? 1 : 0;
  const int64_t first = run.cache->length();
  const HeadView scratch(replayed_, 1, model_.head_width());
  for (size_t h = 0; h < static_cast<size_t>(model_.heads()); ++h) {
    if (replayed > 0) store_rows(scratch, first, 1, row, h);
    store_rows(run.cache->head(layer, static_cast<int>(h)), first + replayed, run.rows - replayed,
               row + replayed, h);
  }
}

/// Store the keys and values of rows from `row` on, and quantize their queries.
void Forward::store_rows(const HeadView& head, int64_t first, int rows, int row, size_t at) {
  const int r = model_.head_width();
  const size_t heads = static_cast<size_t>(model_.heads());
  const size_t width = static_cast<size_t>(model_.width());
  const float* key = z_ + static_cast<size_t>(row) * z_stride_ + at * static_cast<size_t>(r);
  model_.kernels().store_kv(head, first, rows, r, key, key + width, key + 2 * width, z_stride_,
                            query_of(row, at), query_stride_,
                            query_scale_ + static_cast<size_t>(row) * heads + at, heads);
}

void Forward::attend_run(const Run& run, int row, int layer) {
  const int r = model_.head_width();
  const size_t heads = static_cast<size_t>(model_.heads());
  const size_t padded = stride(r);
  const AttentionWeights& attention = attention_of(layer);
  for (size_t h = 0; h < heads; ++h) {
    for (int i = 0; i < run.rows; i += kQueryRows) {
      const int rows = std::min(kQueryRows, run.rows - i);
      const QueryView query{query_of(row + i, h),
                            query_stride_,
                            query_scale_ + static_cast<size_t>(row + i) * heads + h,
                            heads,
                            run.cache->length() + i,
                            rows};
      model_.kernels().attend(run.cache->head(layer, static_cast<int>(h)), query,
                              attention.bias[h].zero, attention.bias[h].reach, scores_,
                              score_stride_, head_mixed_, padded);
      float* out = mixed_ + static_cast<size_t>(row + i) * x_stride_ + h * static_cast<size_t>(r);
      for (int j = 0; j < rows; ++j) {
        std::memcpy(out + static_cast<size_t>(j) * x_stride_,
                    head_mixed_ + static_cast<size_t>(j) * padded,
                    static_cast<size_t>(r) * sizeof(float));
      }
    }
  }
}

int8_t* Forward::query_of(int row, size_t head) const {
  return query_ + static_cast<size_t>(row) * query_stride_ + head * stride(model_.head_width());
}

/// Move the wanted rows to the front of the residual; returns how many they are.
int Forward::gather(const Run* runs, int count) {
  int row = 0;
  int wanted = 0;
  for (int i = 0; i < count; ++i) {
    const int skip = runs[i].rows - runs[i].logit_rows;
    for (int j = 0; j < runs[i].logit_rows; ++j, ++wanted) {
      const int from = row + skip + j;
      if (from == wanted) continue;
      std::memcpy(row_of(x_, wanted), row_of(x_, from), x_stride_ * sizeof(float));
    }
    row += runs[i].rows;
  }
  return wanted;
}

}  // namespace xinglin::cpu
