#include "cpu/model/model.h"

#include <algorithm>
#include <limits>

#include "common/status.h"
#include "engine/model_source.h"

namespace xinglin::cpu {
namespace {

size_t bias_floats(const xl_model_source& source) {
  return static_cast<size_t>(source.context) + 2 * kBiasPad;
}

const Kernels* checked_kernels(const char* isa) {
  require(isa != nullptr);
  const Kernels* kernels = find_kernels(isa);
  require(kernels != nullptr, XL_UNSUPPORTED);
  return kernels;
}

size_t arena_bytes(const xl_model_source& source) {
  const int e = source.width;
  const size_t block = packed_bytes(2 * e, e) * 2 + packed_bytes(4 * e, e) + packed_bytes(e, e) * 3;
  const size_t bias =
      static_cast<size_t>(source.heads) * Arena::padded(bias_floats(source) * sizeof(float));
  const size_t mix = Arena::padded(2 * static_cast<size_t>(e) * sizeof(float));
  const size_t rows = static_cast<size_t>(kVocabulary) * static_cast<size_t>(e);
  const size_t step_bytes = static_cast<size_t>(source.step_bytes);
  const size_t embedding = Arena::padded(step_bytes * rows * sizeof(float));
  const size_t head = packed_bytes(kVocabulary, e);
  const size_t second = source.step_bytes == 1
                            ? 0
                            : Arena::padded(rows * sizeof(float)) + packed_bytes(2 * e, e) +
                                  packed_bytes(e, e) + head;
  return static_cast<size_t>(source.layers) * (block + bias + mix) + head + second + embedding +
         Ngrams::arena_bytes(source.ngrams, e);
}

}  // namespace

Model::Model(const xl_model_source& source, const char* isa)
    : width_(checked(source).width),
      heads_(source.heads),
      layers_(source.layers),
      context_(source.context),
      step_bytes_(source.step_bytes),
      kernels_(checked_kernels(isa)),
      arena_(arena_bytes(source)) {
  const size_t embedding = static_cast<size_t>(kVocabulary * step_bytes_ * width_);
  embedding_ = copy_floats(arena_, source.embedding, embedding, embedding);
  ngrams_ = Ngrams(source.ngrams, width_, step_bytes_, arena_);
  for (int i = 0; i < layers_; ++i) {
    const xl_block& block = source.blocks[i];
    // In the order in which a step reads them.
    GateWeights gate_in = read_gate(block.a_u, block.a_o);
    AttentionWeights attention = read_attention(block);
    blocks_.push_back({gate_in, std::move(attention), read_gate(block.c_u, block.c_o)});
  }
  head_ = pack(arena_, source.head, kVocabulary, width_);
  if (step_bytes_ == 2) second_ = read_second(source.second);
}

SecondHead Model::read_second(const xl_second& source) {
  const size_t rows = static_cast<size_t>(kVocabulary * width_);
  SecondHead second;
  second.embedding = copy_floats(arena_, source.embedding, rows, rows);
  second.gate = read_gate(source.u, source.o);
  second.head = pack(arena_, source.head, kVocabulary, width_);
  return second;
}

GateWeights Model::read_gate(const xl_matrix& u, const xl_matrix& o) {
  const PackedView up_proj = pack(arena_, u, 2 * width_, width_);
  return {up_proj, pack(arena_, o, width_, width_)};
}

AttentionWeights Model::read_attention(const xl_block& source) {
  const int e = width_;
  AttentionWeights attention;
  attention.qkvg_proj = pack(arena_, source.b_x, 4 * e, e);
  const size_t mixed = 2 * static_cast<size_t>(e);
  attention.mix =
      source.b_mix == nullptr ? nullptr : copy_floats(arena_, source.b_mix, mixed, mixed);
  attention.bias = read_biases(source.b_pe);
  attention.out_proj = pack(arena_, source.b_o, e, e);
  return attention;
}

/// source: (H, C) by distance. They are laid out backwards, because positions run against
/// distances; outside the context nothing is seen.
std::vector<Bias> Model::read_biases(const float* source) {
  std::vector<Bias> biases;
  const size_t context = static_cast<size_t>(context_);
  for (int h = 0; h < heads_; ++h, source += context) {
    float* bias = arena_.take<float>(context + 2 * kBiasPad);
    std::fill_n(bias, context + 2 * kBiasPad, -std::numeric_limits<float>::infinity());
    float* zero = bias + kBiasPad + context - 1;
    check_floats(source, context);
    const int reach = reach_of(source, context_, head_width());
    for (int d = 0; d < reach; ++d) zero[-d] = source[d];
    biases.push_back({zero, reach});
  }
  return biases;
}

}  // namespace xinglin::cpu
