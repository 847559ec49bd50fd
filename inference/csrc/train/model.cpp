#include "train/model.h"

#include <stdexcept>

namespace xinglin::train {
namespace {

void require(bool condition) {
  if (!condition) throw std::invalid_argument("xt_shape");
}

void check(const xt_shape& shape) {
  require(shape.family == XT_BYTE || shape.family == XT_PAIR);
  require(shape.width >= 1 && shape.width <= kMaxWidth);
  require(shape.heads >= 1 && shape.width % shape.heads == 0);
  require(shape.layers >= 1 && shape.layers <= 512);
  require(shape.context >= 1 && shape.context <= 65536);
  require(shape.tables >= 0 && shape.tables <= kMostOrders && shape.embedding != nullptr);
  if (shape.tables == 0) return;
  require(shape.orders != nullptr && shape.rows != nullptr && shape.width % shape.tables == 0);
  for (int i = 0; i < shape.tables; ++i) {
    require(shape.orders[i] > (i ? shape.orders[i - 1] : 0) && shape.orders[i] <= kLongestNgram);
    require(shape.rows[i] >= 1 && shape.rows[i] <= kMaxNgramRows);
  }
}

}  // namespace

Model::Model(const xt_shape& shape) : pairs_(shape.family == XT_PAIR), context_(shape.context) {
  check(shape);
  const int width = shape.width;
  sizes_ = {width, shape.heads, width / shape.heads, padded(width)};
  for (int i = 0; i < shape.tables; ++i) {
    const int order = shape.orders[i];
    const int rows = shape.rows[i];
    const int id = add("ngram." + std::to_string(order), rows, width / shape.tables, Kind::kTable);
    tables_.push_back({id, order, rows});
  }
  for (int i = 0; i < shape.layers; ++i) {
    const std::string at = "blocks." + std::to_string(i) + ".";
    BlockIds ids{};
    ids.gate_in = add_gate(at + "a");
    ids.attention.qkvg_proj = add(at + "b.x", 4 * width, width, Kind::kBlock);
    ids.attention.out_proj = add(at + "b.o", width, width, Kind::kBlock);
    ids.attention.bias = add(at + "b.pe", shape.heads, shape.context, Kind::kTable);
    const bool mixing = shape.mixing != 0;
    ids.attention.mix = mixing ? add(at + "b.mix", 2, width, Kind::kTable) : -1;
    ids.gate_out = add_gate(at + "c");
    blocks_.push_back(ids);
  }
  head_ = add("head", 256, width, Kind::kHead);
  if (pairs_) {
    add("second.embedding", 256, width, Kind::kTable);
    add_gate("second");
    add("second.head", 256, width, Kind::kHead);
  }
  embedding_.assign(shape.embedding, shape.embedding + static_cast<int64_t>(each()) * 256 * width);
}

GateIds Model::add_gate(const std::string& at) {
  const int up_proj = add(at + ".u", 2 * sizes_.width, sizes_.width, Kind::kBlock);
  return {up_proj, add(at + ".o", sizes_.width, sizes_.width, Kind::kBlock)};
}

int Model::add(const std::string& name, int rows, int columns, Kind kind) {
  const int64_t stride = kind == Kind::kTable ? columns : padded(columns);
  tensors_.push_back({name, rows, columns, kind, weights_size_, gradients_size_, stride});
  weights_size_ += padded(tensors_.back().size());
  gradients_size_ += padded(tensors_.back().gradient_size());
  return static_cast<int>(tensors_.size()) - 1;
}

}  // namespace xinglin::train
