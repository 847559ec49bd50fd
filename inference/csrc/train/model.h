/// Sizes of a model, its tensors in the order of the format, and where each lies in one array.
#pragma once

#include <string>
#include <vector>

#include "train/layout.h"
#include "xinglin_train.h"

namespace xinglin::train {

/// Use of a tensor by the optimizer and the products.
enum class Kind {
  kBlock,  // a matrix that Muon moves
  kHead,   // a matrix that Adam moves
  kTable,  // rows that are looked up, or biases: no product reads it
};

struct TensorInfo {
  std::string name;
  int rows;
  int columns;
  Kind kind;
  int64_t offset;  // in an array of all weights
  int64_t place;   // in an array of all gradients
  int64_t stride;  // of a row there

  int64_t size() const { return static_cast<int64_t>(rows) * columns; }
  int64_t gradient_size() const { return (kind == Kind::kTable ? rows : padded(rows)) * stride; }
};

/// Numbers of a gated unit's tensors.
struct GateIds {
  int up_proj, out_proj;
};

/// Numbers of a block's tensors.
struct BlockIds {
  GateIds gate_in;
  struct {
    int qkvg_proj, out_proj, bias;
    int mix;  // -1 where nothing is mixed
  } attention;
  GateIds gate_out;
};

struct Table {
  int id;
  int order;
  int rows;
};

class Model {
 public:
  /// Throws std::invalid_argument when there can be no such model.
  explicit Model(const xt_shape& shape);

  bool pairs() const { return pairs_; }
  /// Bytes that one step reads, and targets that it has.
  int each() const { return pairs_ ? 2 : 1; }
  const Sizes& sizes() const { return sizes_; }
  int layers() const { return static_cast<int>(blocks_.size()); }
  bool mixing() const { return blocks_[0].attention.mix >= 0; }
  int context() const { return context_; }
  int slice() const {
    return tables_.empty() ? 0 : sizes_.width / static_cast<int>(tables_.size());
  }
  const std::vector<TensorInfo>& tensors() const { return tensors_; }
  const std::vector<BlockIds>& blocks() const { return blocks_; }
  const std::vector<Table>& tables() const { return tables_; }
  int head() const { return head_; }
  int second_embedding() const { return head_ + 1; }
  GateIds second_gate() const { return {head_ + 2, head_ + 3}; }
  int second_head() const { return head_ + 4; }
  /// Floats of all weights, and of all gradients.
  int64_t weights_size() const { return weights_size_; }
  int64_t gradients_size() const { return gradients_size_; }
  /// Embedding of byte b at place p of a step: (each * 256, E).
  const float* embedding() const { return embedding_.data(); }

 private:
  int add(const std::string& name, int rows, int columns, Kind kind);
  GateIds add_gate(const std::string& at);

  bool pairs_;
  Sizes sizes_{};
  int context_;
  std::vector<TensorInfo> tensors_;
  std::vector<BlockIds> blocks_;
  std::vector<Table> tables_;
  int head_ = 0;
  int64_t weights_size_ = 0;
  int64_t gradients_size_ = 0;
  std::vector<float> embedding_;
};

}  // namespace xinglin::train
