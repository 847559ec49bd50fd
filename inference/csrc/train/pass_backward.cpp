#include "train/pass.h"
#include "train/targets.h"

namespace xinglin::train {

void Pass::trunk_backward(const Weights& weights, const Batch& batch, int first, float* gradients) {
  const Sizes& sizes = model_.sizes();
  outer(model_.head(), slopes_, kBytes, y_, sizes.stride, gradients);
  if (model_.pairs()) second_backward(weights, batch, first, gradients);
  kernels_.norm_rows_backward(dy_, y_, y_scale_, sizes.stride, all_, sizes.width, d_);
  for (int i = model_.layers() - 1; i >= 0; --i) {
    const BlockIds& ids = model_.blocks()[static_cast<size_t>(i)];
    const SavedLayer& saved = layers_[static_cast<size_t>(i)];
    gate_backward(weights, ids.gate_out, saved.gate_out, d_, gradients);
    attend_backward(weights, i, saved.attention, d_, gradients);
    gate_backward(weights, ids.gate_in, saved.gate_in, d_, gradients);
  }
  embed_backward(batch, first, gradients);
}

void Pass::embed_backward(const Batch& batch, int first, float* gradients) {
  const int slice = model_.slice();
  int column = 0;
  int number = 0;
  for (const Table& table : model_.tables()) {
    float* rows = gradient(gradients, table.id);
    const int* picks = batch.picks(number++, first);
    for (int r = 0; r < all_; ++r) {
      const float* d = d_ + static_cast<int64_t>(r) * model_.sizes().stride + column;
      float* to = rows + static_cast<int64_t>(picks[r]) * slice;
      for (int j = 0; j < slice; ++j) to[j] += d[j];
    }
    column += slice;
  }
}

void Pass::gate_backward(const Weights& weights, const GateIds& ids, const SavedGate& saved,
                         float* d, float* gradients) {
  const Sizes& sizes = model_.sizes();
  const int64_t narrow = saved.rows.narrow;
  const int64_t wide = saved.rows.wide;
  in_parts(all_, [&](int r, int rows) {
    float* at = d + r * narrow;
    char* given = elements(d_elements_, r * narrow);
    char* dz = elements(dz_, r * wide);
    kernels_.to_elements(at, narrow, rows, sizes.stride, given, narrow);
    backward(weights.packed(ids.out_proj), left(given, narrow), rows, z_, narrow, false);
    kernels_.gate_backward(z_, narrow, rows, sizes, gate_part(saved.rows, r), dz);
    backward(weights.packed(ids.up_proj), left(dz, wide), rows, at, narrow, true);
  });
  outer(ids.out_proj, d_elements_, narrow, static_cast<char*>(saved.rows.g), narrow, gradients);
  outer(ids.up_proj, dz_, wide, saved.x, narrow, gradients);
}

void Pass::attend_backward(const Weights& weights, int layer, const SavedAttention& saved, float* d,
                           float* gradients) {
  const Sizes& sizes = model_.sizes();
  const BlockIds& ids = model_.blocks()[static_cast<size_t>(layer)];
  const int64_t stride = sizes.stride;
  const int64_t wide = padded(4 * sizes.width);
  in_parts(all_, [&](int r, int rows) {
    char* given = elements(d_elements_, r * stride);
    kernels_.to_elements(d + r * stride, stride, rows, sizes.stride, given, stride);
    backward(weights.packed(ids.attention.out_proj), left(given, stride), rows, dy_ + r * stride,
             stride, false);
  });
  for (int i = 0; i < count_; ++i) {
    const int64_t r = static_cast<int64_t>(i) * rows_;
    kernels_.attend_backward(window(weights, layer, saved, i), sizes, attended(saved, i),
                             dy_ + r * stride, elements(dz_, r * wide),
                             gradient(gradients, ids.attention.bias), model_.context(), scratch_);
    if (model_.mixing()) {
      const int64_t raw = padded(2 * sizes.width);
      kernels_.unmix_rows(elements(dz_, r * wide), wide, rows_, sizes.width,
                          weights.tensor(ids.attention.mix), elements(saved.raw, r * raw), raw,
                          gradient(gradients, ids.attention.mix));
    }
  }
  in_parts(all_, [&](int r, int rows) {
    backward(weights.packed(ids.attention.qkvg_proj), left(elements(dz_, r * wide), wide), rows,
             d + r * stride, stride, true);
  });
  outer(ids.attention.out_proj, d_elements_, stride, static_cast<char*>(saved.rows.y), stride,
        gradients);
  outer(ids.attention.qkvg_proj, dz_, wide, saved.x, stride, gradients);
}

void Pass::second_backward(const Weights& weights, const Batch& batch, int first,
                           float* gradients) {
  const Sizes& sizes = model_.sizes();
  outer(model_.second_head(), second_slopes_, kBytes, second_y_, sizes.stride, gradients);
  kernels_.norm_rows_backward(second_d_, second_y_, second_scale_, sizes.stride, all_, sizes.width,
                              second_d_);
  gate_backward(weights, model_.second_gate(), second_, second_d_, gradients);
  float* table = gradient(gradients, model_.second_embedding());
  const uint8_t* bytes = batch.targets(first);
  for (int r = 0; r < all_; ++r) {
    const float* d = second_d_ + static_cast<int64_t>(r) * sizes.stride;
    float* dy = dy_ + static_cast<int64_t>(r) * sizes.stride;
    float* to = table + static_cast<int64_t>(bytes[2 * r]) * sizes.width;
    for (int j = 0; j < sizes.width; ++j) {
      dy[j] += d[j];
      to[j] += d[j];
    }
  }
}

}  // namespace xinglin::train
