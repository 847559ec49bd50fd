#include "train/weights.h"

#include <algorithm>
#include <limits>

namespace xinglin::train {
namespace {

int steps_of(int n, int pair) { return (n + pair - 1) / pair; }

}  // namespace

Weights::Weights(const Model& model, const Kernels& kernels)
    : model_(model), kernels_(kernels), values_(model.weights_size()) {
  int64_t size = 0;
  for (const TensorInfo& tensor : model.tensors()) {
    Packed packed{};
    if (tensor.kind != Kind::kTable) {
      packed.forward_steps = steps_of(tensor.columns, kernels.pair);
      packed.outputs = padded(tensor.rows) / kLanes;
      packed.forward.panel = static_cast<int64_t>(packed.forward_steps) * kLanes;
      packed.backward_steps = steps_of(tensor.rows, kernels.pair);
      packed.inputs = padded(tensor.columns) / kLanes;
      packed.backward.panel = static_cast<int64_t>(packed.backward_steps) * kLanes;
      size += packed.forward.panel * packed.outputs + packed.backward.panel * packed.inputs;
    }
    packed_.push_back(packed);
  }
  words_ = Memory<uint32_t>(size);
  uint32_t* next = words_.get();
  for (Packed& packed : packed_) {
    packed.forward.words = next;
    next += packed.forward.panel * packed.outputs;
    packed.backward.words = next;
    next += packed.backward.panel * packed.inputs;
  }
}

void Weights::pack(int part, int parts) {
  const int count = static_cast<int>(packed_.size());
  for (int i = part; i < count; i += parts) {
    const TensorInfo& tensor = model_.tensors()[index(i)];
    if (tensor.kind == Kind::kTable) continue;
    const Packed& to = packed(i);
    kernels_.pack_forward(this->tensor(i), tensor.rows, tensor.columns,
                          const_cast<uint32_t*>(to.forward.words));
    kernels_.pack_backward(this->tensor(i), tensor.rows, tensor.columns,
                           const_cast<uint32_t*>(to.backward.words));
  }
}

void Weights::set_windows(int rows, int reach) {
  const int64_t size = static_cast<int64_t>(model_.layers()) * model_.sizes().heads * 2 * rows;
  if (lines_.size() < size) lines_ = Memory<float>(size);
  rows_ = rows;
  reach_ = reach;
}

void Weights::draw_lines(int part, int parts) {
  for (int layer = part; layer < model_.layers(); layer += parts) draw_line(layer);
}

const float* Weights::line(int layer) const {
  return lines_.get() + static_cast<int64_t>(layer) * model_.sizes().heads * 2 * rows_;
}

void Weights::draw_line(int layer) {
  const float* bias = tensor(model_.blocks()[index(layer)].attention.bias);
  auto* to = const_cast<float*>(line(layer));
  const int most = std::min({rows_, reach_, model_.context()});
  for (int h = 0; h < model_.sizes().heads; ++h, to += 2 * rows_, bias += model_.context()) {
    std::fill(to, to + 2 * rows_, -std::numeric_limits<float>::infinity());
    for (int distance = 0; distance < most; ++distance) to[rows_ - distance] = bias[distance];
  }
}

}  // namespace xinglin::train
