#include "cuda/host/model.h"

#include <cstring>

#include "common/status.h"
#include "cuda/host/packing.h"
#include "engine/model_source.h"
#include "engine/penalty.h"

namespace xinglin::cuda {
namespace {

const DeviceInfo& checked_device(const char* isa) {
  require(isa != nullptr);
  const DeviceInfo& device = open_device();
  require(std::strcmp(isa, "auto") == 0 || std::strcmp(isa, device.name) == 0, XL_UNSUPPORTED);
  return device;
}

SharedPlan checked_plan(const xl_model_source& source, const DeviceInfo& device) {
  const SharedPlan plan = plan_shared(source.width, source.heads, source.context, device.block);
  require(plan.rows > 0, XL_WRONG_DEVICE);
  return plan;
}

}  // namespace

/// Gathers arrays on the host and afterwards moves them to the device in one piece: until then a
/// pointer is an offset.
class Model::Packer {
 public:
  template <class V>
  const V* add(const V* from, size_t count) {
    const size_t at = bytes_.size();
    bytes_.resize(aligned(at + count * sizeof(V)));
    std::memcpy(bytes_.data() + at, from, count * sizeof(V));
    return reinterpret_cast<const V*>(at);
  }

  const float* add_floats(const float* from, size_t count) {
    check_floats(from, count);
    return add(from, count);
  }

  MatrixView add_matrix(const xl_matrix& matrix, int outputs, int inputs) {
    const PackedMatrix packed(matrix, outputs, inputs);
    return {add(packed.weight.data(), packed.weight.size()),
            add(packed.scale.data(), packed.scale.size()), packed.outputs, packed.steps};
  }

  GateWeights add_gate(const xl_matrix& u, const xl_matrix& o, int width) {
    const MatrixView up_proj = add_matrix(u, 2 * width, width);
    return {up_proj, add_matrix(o, width, width)};
  }

  BlockView add_block(const xl_block& block, int width, int heads, int context) {
    check_floats(block.b_pe, static_cast<size_t>(heads) * static_cast<size_t>(context));
    std::vector<int32_t> reach;
    for (int h = 0; h < heads; ++h) {
      const float* bias = block.b_pe + static_cast<size_t>(h) * static_cast<size_t>(context);
      reach.push_back(reach_of(bias, context, width / heads));
    }
    BlockView view{};
    view.gate_in = add_gate(block.a_u, block.a_o, width);
    AttentionWeights& attention = view.attention;
    attention.qkvg_proj = add_matrix(block.b_x, 4 * width, width);
    attention.bias = add(block.b_pe, static_cast<size_t>(heads) * static_cast<size_t>(context));
    attention.reach = add(reach.data(), reach.size());
    if (block.b_mix != nullptr) {
      attention.mix = add_floats(block.b_mix, 2 * static_cast<size_t>(width));
    }
    attention.out_proj = add_matrix(block.b_o, width, width);
    view.gate_out = add_gate(block.c_u, block.c_o, width);
    return view;
  }

  /// Turn an offset into an address.
  template <class V>
  static void move(const V*& pointer, const uint8_t* base) {
    pointer = reinterpret_cast<const V*>(base + reinterpret_cast<uintptr_t>(pointer));
  }
  static void move(MatrixView& matrix, const uint8_t* base) {
    move(matrix.weight, base);
    move(matrix.scale, base);
  }
  static void move(GateWeights& gate, const uint8_t* base) {
    move(gate.up_proj, base);
    move(gate.out_proj, base);
  }
  static void move(BlockView& block, const uint8_t* base) {
    move(block.gate_in, base);
    move(block.attention.qkvg_proj, base);
    move(block.attention.out_proj, base);
    move(block.attention.bias, base);
    move(block.attention.reach, base);
    move(block.attention.mix, base);  // without mixing an address that nobody reads
    move(block.gate_out, base);
  }

  /// Put the gathered array `from` right that was gathered before it was.
  template <class V>
  void replace(const V* gathered, const std::vector<V>& from) {
    const size_t at = reinterpret_cast<uintptr_t>(gathered);
    std::memcpy(bytes_.data() + at, from.data(), from.size() * sizeof(V));
  }

  std::vector<uint8_t>& bytes() { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
};

Model::Model(const xl_model_source& source, const char* isa)
    : device_(checked_device(isa)),
      shared_(checked_plan(checked(source), device_)),
      cache_(CacheLayout::of(source.width, source.heads, source.layers, source.context,
                             source.step_bytes, source.blocks[0].b_mix != nullptr)) {
  Packer packer;
  view_.width = source.width;
  view_.heads = source.heads;
  view_.layers = source.layers;
  view_.context = source.context;
  view_.step_bytes = source.step_bytes;
  view_.mixes = source.blocks[0].b_mix != nullptr;
  const size_t rows = static_cast<size_t>(kVocabulary) * static_cast<size_t>(source.width);
  view_.embedding =
      packer.add_floats(source.embedding, static_cast<size_t>(source.step_bytes) * rows);
  if (source.step_bytes == 2) {
    view_.second_embedding = packer.add_floats(source.second.embedding, rows);
  }
  view_.ngrams = source.ngrams.count;
  for (int i = 0; i < view_.ngrams; ++i) {
    view_.ngram_rows[i] = static_cast<uint32_t>(source.ngrams.rows[i]);
    view_.orders[i] = source.ngrams.orders[i];
    view_.tables[i] = packer.add_floats(source.ngrams.tables[i],
                                        static_cast<size_t>(source.ngrams.rows[i]) *
                                            static_cast<size_t>(source.width / view_.ngrams));
  }
  std::vector<BlockView> blocks;
  for (int i = 0; i < source.layers; ++i) {
    blocks.push_back(
        packer.add_block(source.blocks[i], source.width, source.heads, source.context));
  }
  view_.head = packer.add_matrix(source.head, kVocabulary, source.width);
  std::vector<MatrixView> heads = {view_.head};
  if (source.step_bytes == 2) {
    const GateWeights gate = packer.add_gate(source.second.u, source.second.o, source.width);
    heads.insert(heads.end(), {gate.up_proj, gate.out_proj});
    heads.push_back(packer.add_matrix(source.second.head, kVocabulary, source.width));
  }
  view_.growth = packer.add(MatchPenalty::growth(), kLongestMatch + 1);
  view_.blocks = packer.add(blocks.data(), blocks.size());
  std::vector<MatrixView> order;
  for (const BlockView& b : blocks) {
    order.insert(order.end(), {b.gate_in.up_proj, b.gate_in.out_proj, b.attention.qkvg_proj,
                               b.attention.out_proj, b.gate_out.up_proj, b.gate_out.out_proj});
  }
  view_.head_at = static_cast<int>(order.size());
  order.insert(order.end(), heads.begin(), heads.end());
  view_.order = packer.add(order.data(), order.size());
  view_.matrices = static_cast<int>(order.size());

  memory_ = Buffer<uint8_t>(packer.bytes().size());
  const uint8_t* base = memory_.data();
  // These were gathered with offsets in them; they are put right before they travel.
  for (BlockView& block : blocks) Packer::move(block, base);
  for (MatrixView& matrix : order) Packer::move(matrix, base);
  packer.replace(view_.blocks, blocks);
  packer.replace(view_.order, order);
  Packer::move(view_.embedding, base);
  for (int i = 0; i < view_.ngrams; ++i) Packer::move(view_.tables[i], base);
  Packer::move(view_.head, base);
  if (source.step_bytes == 2) Packer::move(view_.second_embedding, base);
  Packer::move(view_.growth, base);
  Packer::move(view_.blocks, base);
  Packer::move(view_.order, base);
  Queue queue;
  queue.copy(memory_.data(), packer.bytes().data(), packer.bytes().size());
  queue.wait();
}

const char* Model::isa_name(int i) {
  if (i != 0) return nullptr;
  try {
    return open_device().name;
  } catch (const Failure&) {
    return nullptr;
  }
}

}  // namespace xinglin::cuda
