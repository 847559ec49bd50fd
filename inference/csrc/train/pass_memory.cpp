#include "train/pass.h"

namespace xinglin::train {
void Pass::fit(int windows, int rows, int reach, bool teaches) {
  if (windows <= windows_ && rows == rows_ && reach == reach_ && (teaches_ || !teaches)) return;
  windows_ = windows;
  rows_ = rows;
  reach_ = reach;
  teaches_ = teaches;
  powers_ = power_size(rows, reach, rows);
  memory_ = Memory<char>();
  used_ = 0;
  lay_out();  // counts
  const int64_t size = used_;
  memory_ = Memory<char>(size);
  used_ = 0;
  lay_out();
}

char* Pass::take_bytes(int64_t n) {
  char* begin = memory_.get() ? memory_.get() + used_ : nullptr;
  used_ += (n + 63) / 64 * 64;
  return begin;
}

char* Pass::take_elements(int64_t n) { return take_bytes((n + kLanes) * kernels_.element); }

float* Pass::take_floats(int64_t n) {
  return reinterpret_cast<float*>(take_bytes(n * static_cast<int64_t>(sizeof(float))));
}

Pass::SavedGate Pass::take_gate() {
  const Sizes& sizes = model_.sizes();
  const int64_t all = static_cast<int64_t>(windows_) * rows_;
  const int64_t wide = padded(2 * sizes.width);
  char* x = take_elements(all * sizes.stride);
  char* n = take_elements(all * wide);
  char* g = take_elements(all * sizes.stride);
  return {x, {n, wide, g, sizes.stride, take_floats(all * 3 * sizes.heads)}};
}

Pass::SavedAttention Pass::take_attend() {
  const Sizes& sizes = model_.sizes();
  const int64_t all = static_cast<int64_t>(windows_) * rows_;
  char* x = take_elements(all * sizes.stride);
  char* n = take_elements(all * padded(4 * sizes.width));
  float* n_scale = take_floats(all * 4 * sizes.heads);
  char* power = take_elements(windows_ * powers_ * sizes.heads);
  float* inverse = take_floats(all * sizes.heads);
  char* mixed = take_elements(all * sizes.stride);
  char* y = take_elements(all * sizes.stride);
  float* scale = take_floats(all * sizes.heads);
  char* raw = model_.mixing() ? take_elements(all * padded(2 * sizes.width)) : nullptr;
  return {x, n, n_scale, {power, inverse, mixed, y, scale}, raw};
}

void Pass::lay_out() {
  const Sizes& sizes = model_.sizes();
  const int64_t all = static_cast<int64_t>(windows_) * rows_;
  const int64_t stream = all * sizes.stride;
  const int64_t widest = padded(4 * sizes.width);
  const int64_t most = widest > 256 ? widest : 256;
  layers_.clear();
  for (int i = 0; i < model_.layers(); ++i) {
    const SavedGate gate_in = take_gate();
    const SavedAttention attention = take_attend();
    layers_.push_back({gate_in, attention, take_gate()});
  }
  y_ = take_elements(stream);
  y_scale_ = take_floats(all);
  x_ = take_floats(stream);
  d_ = take_floats(stream);
  dy_ = take_floats(stream);
  z_ = take_floats(kRowsAtOnce * widest);
  before_ = take_floats(2 * sizes.width);
  logits_ = take_floats(kRowsAtOnce * 256);
  slopes_ = take_elements(all * 256);
  d_elements_ = take_elements(stream);
  dz_ = take_elements(all * widest);
  left_ = reinterpret_cast<uint32_t*>(take_elements(all * most));
  right_ = reinterpret_cast<uint32_t*>(take_elements(stream));
  scratch_ = take_floats(attend_scratch(rows_, sizes.head));
  teacher_ = teaches_ ? take_floats(all * 256) : nullptr;
  if (!model_.pairs()) return;
  second_ = take_gate();
  second_y_ = take_elements(stream);
  second_scale_ = take_floats(all);
  second_x_ = take_floats(stream);
  second_d_ = take_floats(stream);
  second_slopes_ = take_elements(all * 256);
  second_teacher_ = teaches_ ? take_floats(all * 256) : nullptr;
}

}  // namespace xinglin::train
