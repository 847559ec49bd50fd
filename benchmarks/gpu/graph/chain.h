/// Streams that are stepped together by the small kernels, one replay of a recorded chain a byte.
///
/// A `Grid` is what launches: with CUDA in graph.cu, on the host in tests/benchmarks/csrc. It has
///   void* take(size_t bytes)                  zeroed memory that goes with the grid
///   void copy(void* to, const void* from, size_t bytes)   and wait
///   void launch(const Kernel& kernel)         run kernel.blocks() blocks of it
///   void record(const std::function<void()>& chain)       keep the launches that `chain` makes
///   void replay()                             run them
///   void wait()                               until all is done
/// and throws Failure. Positions and bytes move on in device memory, so one recording does for all.
#pragma once

#include <algorithm>
#include <vector>

#include "cuda/model.h"
#include "kernels.cuh"
#include "status.h"

namespace xinglin::bench {

/// Shared memory that every device gives a block without being asked.
constexpr size_t kPlainShared = 48 << 10;

template <class Grid>
class Chain {
 public:
  /// Reserve `streams` contexts and record the chain. The model must stay. Texts have `room` bytes;
  /// what comes after overwrites the beginning. Throws Failure: XL_WRONG_DEVICE when a head's
  /// scores do not fit a block, and whatever is wrong with the device.
  Chain(const Model& model, int streams, int room)
      : model_(model.view()), layout_(model.cache()), blocks_(static_cast<size_t>(model_.layers)) {
    require(model_.step_bytes == 1, XL_UNSUPPORTED);  // these kernels know no pairs
    const size_t count = static_cast<size_t>(streams);
    arrays_.streams = streams;
    arrays_.room = room;
    arrays_.x_stride = padded(model_.width, kTileOutputs);
    arrays_.z_stride = std::max(padded(4 * model_.width, kTileOutputs), kVocabulary);
    arrays_.places = take<Place>(count);
    arrays_.text = take<uint8_t>(count * static_cast<size_t>(room));
    arrays_.cache = take<uint8_t>(count * layout_.bytes());
    arrays_.x = take<float>(count * static_cast<size_t>(arrays_.x_stride));
    arrays_.z = take<float>(count * static_cast<size_t>(arrays_.z_stride));
    grid_.copy(blocks_.data(), model_.blocks, blocks_.size() * sizeof(BlockView));
    require(attention(0).shared_bytes() <= kPlainShared, XL_WRONG_DEVICE);
    grid_.record([this] { launch_all(); });
  }

  /// Begin new texts. text: (streams, given), at most `room` each.
  void begin(const uint8_t* text, int given) {
    require(text != nullptr && given >= 1 && given <= arrays_.room);
    const size_t room = static_cast<size_t>(arrays_.room);
    const size_t length = static_cast<size_t>(given);
    std::vector<Place> places(static_cast<size_t>(arrays_.streams));
    std::vector<uint8_t> all(places.size() * room);
    for (size_t i = 0; i < places.size(); ++i) {
      std::copy_n(text + i * length, length, all.begin() + static_cast<std::ptrdiff_t>(i * room));
      places[i].given = given;
      places[i].recent[0] = text[i * length];
    }
    grid_.copy(arrays_.text, all.data(), all.size());
    grid_.copy(arrays_.places, places.data(), places.size() * sizeof(Place));
  }

  /// Take `count` steps; returns when they are done.
  void run(int count) {
    for (int i = 0; i < count; ++i) grid_.replay();
    grid_.wait();
  }

  /// logits: (streams, 256) of the last step; text: (streams, room). Null for what is not wanted.
  void read(float* logits, uint8_t* text) {
    const size_t count = static_cast<size_t>(arrays_.streams);
    for (size_t i = 0; logits != nullptr && i < count; ++i) {
      grid_.copy(logits + i * kVocabulary, arrays_.z + i * static_cast<size_t>(arrays_.z_stride),
                 kVocabulary * sizeof(float));
    }
    if (text != nullptr) {
      grid_.copy(text, arrays_.text, count * static_cast<size_t>(arrays_.room));
    }
  }

 private:
  template <class V>
  V* take(size_t count) {
    return static_cast<V*>(grid_.take(count * sizeof(V)));
  }

  /// One byte of every stream.
  void launch_all() {
    grid_.launch(EmbedKernel{model_, arrays_});
    for (int layer = 0; layer < model_.layers; ++layer) {
      const BlockView& block = blocks_[static_cast<size_t>(layer)];
      gate_block(block.a_u, block.a_o);
      from_x(block.b_x);
      grid_.launch(attention(layer));
      into_x(block.b_o);
      gate_block(block.c_u, block.c_o);
    }
    grid_.launch(NormKernel{arrays_, model_.width});
    from_x(model_.head);
    grid_.launch(PickKernel{arrays_});
  }

  void gate_block(const MatrixView& u, const MatrixView& o) {
    from_x(u);
    grid_.launch(GateKernel{arrays_, model_.width, model_.heads});
    into_x(o);
  }

  AttendKernel attention(int layer) const {
    const BlockView& block = blocks_[static_cast<size_t>(layer)];
    return {arrays_,      layout_,      block.bias,     block.reach,
            model_.width, model_.heads, model_.context, layer};
  }

  /// z = w x.
  void from_x(const MatrixView& w) {
    grid_.launch(LinearKernel{w, arrays_.x, arrays_.x_stride, model_.width, arrays_.z,
                              arrays_.z_stride, arrays_.streams, false});
  }
  /// x += w z, of z the first E.
  void into_x(const MatrixView& w) {
    grid_.launch(LinearKernel{w, arrays_.z, arrays_.z_stride, model_.width, arrays_.x,
                              arrays_.x_stride, arrays_.streams, true});
  }

  Grid grid_;
  const ModelView model_;
  const CacheLayout layout_;
  std::vector<BlockView> blocks_;
  Arrays arrays_{};
};

}  // namespace xinglin::bench
