#include "train/pass.h"

#include <algorithm>

#include "train/clock.h"
#include "train/targets.h"

namespace xinglin::train {

void Pass::forward(const Packed& w, const Left& x, int rows, float* y, int64_t stride,
                   bool add) const {
  kernels_.multiply(x, w.forward, rows, w.outputs, w.forward_steps, y, stride, add);
}

void Pass::backward(const Packed& w, const Left& d, int rows, float* y, int64_t stride,
                    bool add) const {
  kernels_.multiply(d, w.backward, rows, w.inputs, w.backward_steps, y, stride, add);
}

void Pass::outer(int id, const char* d, int64_t d_stride, const char* x, int64_t x_stride,
                 float* gradients) {
  const TensorInfo& tensor = model_.tensors()[static_cast<size_t>(id)];
  const int outputs = padded(tensor.rows);
  const int inputs = padded(tensor.columns);
  const int64_t panel = static_cast<int64_t>(all_ / kernels_.pair) * kLanes;
  kernels_.weave(d, d_stride, all_, outputs, left_, panel);
  kernels_.weave(x, x_stride, all_, inputs, right_, panel);
  kernels_.multiply(woven_left(left_, panel), Right{right_, panel}, outputs, inputs / kLanes,
                    all_ / kernels_.pair, gradients + tensor.place, tensor.stride, true);
}

float* Pass::gradient(float* gradients, int id) const {
  return gradients + model_.tensors()[static_cast<size_t>(id)].place;
}

double Pass::run(const Weights& weights, const Weights* teacher, Batch& batch, int first, int count,
                 float* gradients) {
  const double began = thread_seconds();
  count_ = count;
  all_ = count * rows_;
  bool taught = false;
  for (int b = first; b < first + count; ++b) taught = taught || batch.distilled(b);
  if (taught) teach(*teacher, batch, first);
  trunk(weights, batch, first);
  if (model_.pairs()) second(weights, batch, first);
  const bool learn = gradients != nullptr;
  double loss = lose(weights, batch, first, {model_.head(), 0, y_, slopes_, teacher_, dy_}, learn);
  if (model_.pairs()) {
    loss += lose(weights, batch, first,
                 {model_.second_head(), 1, second_y_, second_slopes_, second_teacher_, second_d_},
                 learn);
  }
  const double turned = thread_seconds();
  forward_s_ += turned - began;
  if (learn) {
    trunk_backward(weights, batch, first, gradients);
    backward_s_ += thread_seconds() - turned;
  }
  return loss;
}

void Pass::trunk(const Weights& weights, const Batch& batch, int first) {
  embed(batch, first);
  add_tables(weights, batch, first);
  for (int i = 0; i < model_.layers(); ++i) {
    const BlockIds& ids = model_.blocks()[static_cast<size_t>(i)];
    const SavedLayer& saved = layers_[static_cast<size_t>(i)];
    gate(weights, ids.gate_in, saved.gate_in, x_);
    attend(weights, i, saved.attention, x_);
    gate(weights, ids.gate_out, saved.gate_out, x_);
  }
  const Sizes& sizes = model_.sizes();
  kernels_.norm_rows(x_, sizes.stride, all_, sizes.width, y_, y_scale_);
}

void Pass::embed(const Batch& batch, int first) {
  const Sizes& sizes = model_.sizes();
  const int each = model_.each();
  const uint8_t* bytes = batch.bytes(first);
  for (int r = 0; r < all_; ++r) {
    float* x = x_ + static_cast<int64_t>(r) * sizes.stride;
    for (int place = 0; place < each; ++place) {
      const int64_t row = place * 256 + bytes[r * each + place];
      const float* from = model_.embedding() + row * sizes.width;
      for (int j = 0; j < sizes.width; ++j) x[j] = place ? x[j] + from[j] : from[j];
    }
  }
}

void Pass::add_tables(const Weights& weights, const Batch& batch, int first) {
  const int slice = model_.slice();
  int column = 0;
  int number = 0;
  for (const Table& table : model_.tables()) {
    const float* rows = weights.tensor(table.id);
    const int* picks = batch.picks(number++, first);
    for (int r = 0; r < all_; ++r) {
      float* x = x_ + static_cast<int64_t>(r) * model_.sizes().stride + column;
      const float* from = rows + static_cast<int64_t>(picks[r]) * slice;
      for (int j = 0; j < slice; ++j) x[j] += from[j];
    }
    column += slice;
  }
}

void Pass::gate(const Weights& weights, const GateIds& ids, const SavedGate& saved, float* x) {
  const Sizes& sizes = model_.sizes();
  const int64_t narrow = saved.rows.narrow;
  const int64_t wide = saved.rows.wide;
  in_parts(all_, [&](int r, int rows) {
    float* at = x + r * narrow;
    char* input = elements(saved.x, r * narrow);
    const GateRows part = gate_part(saved.rows, r);
    kernels_.to_elements(at, narrow, rows, sizes.stride, input, narrow);
    forward(weights.packed(ids.up_proj), left(input, narrow), rows, z_, wide, false);
    kernels_.gate_forward(z_, wide, rows, sizes, part);
    forward(weights.packed(ids.out_proj), left(static_cast<char*>(part.g), narrow), rows, at,
            narrow, true);
  });
}

GateRows Pass::gate_part(const GateRows& saved, int r) const {
  return {elements(static_cast<char*>(saved.n), r * saved.wide), saved.wide,
          elements(static_cast<char*>(saved.g), r * saved.narrow), saved.narrow,
          saved.scale + static_cast<int64_t>(r) * 3 * model_.sizes().heads};
}

void Pass::attend(const Weights& weights, int layer, const SavedAttention& saved, float* x) {
  const Sizes& sizes = model_.sizes();
  const BlockIds& ids = model_.blocks()[static_cast<size_t>(layer)];
  const int64_t stride = sizes.stride;
  for (int i = 0; i < count_; ++i) {
    std::fill_n(before_, 2 * sizes.width, 0.0F);
    in_parts(rows_,
             [&](int r, int rows) { project(weights, layer, saved, i * rows_ + r, rows, x); });
    kernels_.attend_forward(window(weights, layer, saved, i), sizes, attended(saved, i), scratch_);
  }
  in_parts(all_, [&](int r, int rows) {
    const char* y = elements(static_cast<char*>(saved.rows.y), r * stride);
    forward(weights.packed(ids.attention.out_proj), left(y, stride), rows, x + r * stride, stride,
            true);
  });
}

void Pass::project(const Weights& weights, int layer, const SavedAttention& saved, int first,
                   int rows, const float* x) {
  const Sizes& sizes = model_.sizes();
  const BlockIds& ids = model_.blocks()[static_cast<size_t>(layer)];
  const int64_t stride = sizes.stride;
  const int64_t wide = padded(4 * sizes.width);
  char* input = elements(saved.x, first * stride);
  kernels_.to_elements(x + first * stride, stride, rows, sizes.stride, input, stride);
  forward(weights.packed(ids.attention.qkvg_proj), left(input, stride), rows, z_, wide, false);
  if (model_.mixing()) {
    const int64_t raw = padded(2 * sizes.width);
    kernels_.mix_rows(z_, wide, rows, sizes.width, weights.tensor(ids.attention.mix), before_,
                      elements(saved.raw, first * raw), raw);
  }
  kernels_.norm_parts(z_, wide, rows, sizes, 4, elements(saved.n, first * wide), wide,
                      saved.n_scale + static_cast<int64_t>(first) * 4 * sizes.heads);
}

Window Pass::window(const Weights& weights, int layer, const SavedAttention& saved, int i) const {
  const Sizes& sizes = model_.sizes();
  const int64_t r = static_cast<int64_t>(i) * rows_;
  const int64_t wide = padded(4 * sizes.width);
  return {rows_,
          reach_,
          wide,
          sizes.stride,
          weights.line(layer),
          elements(saved.n, r * wide),
          saved.n_scale + r * 4 * sizes.heads};
}

AttendRows Pass::attended(const SavedAttention& saved, int i) const {
  const Sizes& sizes = model_.sizes();
  const int64_t r = static_cast<int64_t>(i) * rows_;
  return {elements(static_cast<char*>(saved.rows.power), i * powers_ * sizes.heads),
          saved.rows.inverse + r * sizes.heads,
          elements(static_cast<char*>(saved.rows.mixed), r * sizes.stride),
          elements(static_cast<char*>(saved.rows.y), r * sizes.stride),
          saved.rows.scale + r * sizes.heads};
}

void Pass::second(const Weights& weights, const Batch& batch, int first) {
  const Sizes& sizes = model_.sizes();
  kernels_.add_rows(y_, sizes.stride, all_, sizes.width, weights.tensor(model_.second_embedding()),
                    batch.targets(first), 2, second_x_);
  gate(weights, model_.second_gate(), second_, second_x_);
  kernels_.norm_rows(second_x_, sizes.stride, all_, sizes.width, second_y_, second_scale_);
}

void Pass::teach(const Weights& teacher, const Batch& batch, int first) {
  trunk(teacher, batch, first);
  expect(teacher, {model_.head(), 0, y_, nullptr, teacher_, nullptr});
  if (!model_.pairs()) return;
  second(teacher, batch, first);
  expect(teacher, {model_.second_head(), 1, second_y_, nullptr, second_teacher_, nullptr});
}

void Pass::expect(const Weights& teacher, const Head& head) {
  const int64_t stride = model_.sizes().stride;
  in_parts(all_, [&](int r, int rows) {
    float* to = head.teacher + static_cast<int64_t>(r) * kBytes;
    forward(teacher.packed(head.id), left(elements(head.y, r * stride), stride), rows, to, kBytes,
            false);
    kernels_.softmax_rows(to, rows);
  });
}

double Pass::lose(const Weights& weights, Batch& batch, int first, const Head& head, bool learn) {
  const int64_t stride = model_.sizes().stride;
  const int each = model_.each();
  const Packed& packed = weights.packed(head.id);
  double loss = 0.0;
  for (int i = 0; i < count_; ++i) {
    in_parts(rows_, [&](int r, int rows) {
      const int64_t row = static_cast<int64_t>(i) * rows_ + r;
      const int target = r * each + head.place;
      const Targets targets = {batch.targets(first + i) + target, batch.weights(first + i) + target,
                               each,
                               batch.distilled(first + i) ? head.teacher + row * kBytes : nullptr};
      char* slopes = learn ? elements(head.slopes, row * kBytes) : nullptr;
      forward(packed, left(elements(head.y, row * stride), stride), rows, logits_, kBytes, false);
      loss += kernels_.loss_rows(logits_, rows, targets, batch.losses(first + i) + target, slopes);
      if (learn) backward(packed, left(slopes, kBytes), rows, head.d + row * stride, stride, false);
    });
  }
  return loss;
}

}  // namespace xinglin::train
