/// One text through the model, part by part: bytes in, a row of logits for each out.
#pragma once

#include <memory>
#include <vector>

#include "cpu/model/forward.h"

namespace xinglin::cpu {

class Reader {
 public:
  /// chunk: steps that are computed together.
  Reader(std::shared_ptr<const Model> model, int chunk);

  const Model& model() const { return *model_; }
  /// Bytes that one `read` may take.
  int most() const { return chunk_ * model_->step_bytes(); }
  /// Read 1 to `most` bytes. logits: (wanted, 256) of the byte that follows each of the last
  /// `wanted`; after the first byte of a pair that is its second.
  void read(const uint8_t* bytes, int n, int wanted, float* logits);
  /// Begin another text.
  void rewind();

 private:
  void read_pairs(const uint8_t* bytes, int n, int wanted, float* logits);
  void add_heads(int begin, int before, float* logits);

  std::shared_ptr<const Model> model_;
  const int chunk_;
  KvCache cache_;
  Forward forward_;
  std::vector<uint8_t> text_;    // a pair's waiting first byte, then the bytes being read
  std::vector<uint8_t> firsts_;  // first bytes after which the second is wanted
  std::vector<int> rows_;        // outputs for a head
};

}  // namespace xinglin::cpu
