/// The weights of one model, packed once for one instruction set.
#pragma once

#include <vector>

#include "cpu/kernels/kernels.h"
#include "cpu/model/arena.h"
#include "cpu/model/ngram.h"
#include "cpu/model/packing.h"
#include "xinglin.h"

namespace xinglin::cpu {

/// Bias of a head's scores, by distance.
struct Bias {
  const float* zero;  // zero[-d] is of distance d, minus infinity from `reach` on
  int reach;          // how many positions back it looks, the present one counted
};

/// A gated unit: x += out_proj(gate(up_proj(x))).
struct GateWeights {
  PackedView up_proj{};   // (2E, E)
  PackedView out_proj{};  // (E, E)
};

struct AttentionWeights {
  PackedView qkvg_proj;    // (4E, E): keys, queries, values, output gates
  PackedView out_proj;     // (E, E)
  std::vector<Bias> bias;  // by head
  const float* mix;        // (2, E): keys, values; null when they are not mixed
};

struct Block {
  GateWeights gate_in;
  AttentionWeights attention;
  GateWeights gate_out;
};

/// The head for a pair's second byte.
struct SecondHead {
  const float* embedding = nullptr;  // (256, E)
  GateWeights gate;
  PackedView head{};
};

class Model {
 public:
  /// Throws Failure: XL_INVALID for sizes that are out of range, XL_BAD_WEIGHT, XL_UNSUPPORTED.
  Model(const xl_model_source& source, const char* isa);

  int width() const { return width_; }
  int heads() const { return heads_; }
  int layers() const { return layers_; }
  int context() const { return context_; }
  /// Bytes that a step reads: 1, or 2.
  int step_bytes() const { return step_bytes_; }
  int head_width() const { return width_ / heads_; }
  /// Name of the instruction set.
  const char* isa() const { return kernels_->name; }
  /// Name of the i-th that this processor can run, best first; null past the end.
  static const char* isa_name(int i) {
    const Kernels* kernels = usable_kernels(i);
    return kernels == nullptr ? nullptr : kernels->name;
  }
  const Kernels& kernels() const { return *kernels_; }
  const std::vector<Block>& blocks() const { return blocks_; }
  const PackedView& head() const { return head_; }
  const SecondHead& second() const { return second_; }
  /// Whether keys and values take in a part of those of the step before.
  bool mixes() const { return blocks_[0].attention.mix != nullptr; }
  const Ngrams& ngrams() const { return ngrams_; }
  /// The (width,) embedding of a byte; of a pair's second byte 256 is added to it.
  const float* embedding(int byte) const {
    return embedding_ + static_cast<size_t>(byte) * static_cast<size_t>(width_);
  }

 private:
  GateWeights read_gate(const xl_matrix& u, const xl_matrix& o);
  AttentionWeights read_attention(const xl_block& source);
  std::vector<Bias> read_biases(const float* source);
  SecondHead read_second(const xl_second& source);

  int width_, heads_, layers_, context_, step_bytes_;
  const Kernels* kernels_;
  Arena arena_;
  const float* embedding_;
  Ngrams ngrams_;
  std::vector<Block> blocks_;
  PackedView head_;
  SecondHead second_;
};

}  // namespace xinglin::cpu
