/// Sources of a warp's weights: straight from memory, or fetched ahead into shared memory.
///
/// Weights depend on nothing that a step computes, and a warp knows which tiles it will come to. So
/// it has kStages runs of them on their way all the time, also while it waits at a barrier for the
/// rest of the block, and from the last matrix of a byte to the first of the next one.
#pragma once

#include "cuda/kernels/layout.h"
#include "cuda/kernels/scalar_simd.h"

namespace xinglin::cuda {

/// Address of tile `tile` of a matrix.
XL_DEVICE inline const int8_t* tile_of(const MatrixView& w, int tile) {
  return w.weight + static_cast<size_t>(tile) * static_cast<size_t>(w.steps) * kTileBytes;
}

/// Reads weights when they are needed.
class DirectWeights {
 public:
  /// Whether all weights of a step have to be taken, in order.
  static constexpr bool kOrdered = false;
  /// Steps that are worth unrolling: so many reads are then on their way together.
  static constexpr int kUnroll = 4;

  template <class T>
  XL_DEVICE DirectWeights(const T& t, const Launch&, unsigned char*) : lane_(t.lane()) {}
  template <class T>
  XL_DEVICE explicit DirectWeights(const T& t) : lane_(t.lane()) {}

  XL_DEVICE void begin(const MatrixView& w, int tile) { at_ = tile_of(w, tile) + lane_ * 16; }
  /// The lane's part of 32 inputs.
  XL_DEVICE Sixteen take(int step, int) const {
    return load_weights(at_ + static_cast<size_t>(step) * kTileBytes);
  }
  XL_DEVICE void close() {}

 private:
  const int8_t* at_ = nullptr;
  int lane_;
};

/// The runs of tiles that a warp comes to, from step to step without end.
class WeightCursor {
 public:
  XL_DEVICE WeightCursor(const ModelView& model, int warp, int warps)
      : order_(model.order), matrices_(model.matrices), warp_(warp), warps_(warps) {
    // A warp without a tile in any matrix has nothing to fetch.
    for (int i = 0; i < matrices_ && !any_; ++i) any_ = has_tile(order_[i]);
    if (any_) enter();
  }

  XL_DEVICE bool any() const { return any_; }
  XL_DEVICE const int8_t* at() const {
    return tile_of(now_, tile_) + static_cast<size_t>(step_) * kTileBytes;
  }
  /// Tiles of the run, at most `run`.
  XL_DEVICE int count(int run) const { return now_.steps - step_ < run ? now_.steps - step_ : run; }

  XL_DEVICE void advance(int run) {
    step_ += run;
    if (step_ < now_.steps) return;
    step_ = 0;
    tile_ += warps_;
    if (tile_ * kTileOutputs < now_.outputs) return;
    matrix_ = matrix_ + 1 < matrices_ ? matrix_ + 1 : 0;
    enter();
  }

 private:
  XL_DEVICE bool has_tile(const MatrixView& w) const { return warp_ * kTileOutputs < w.outputs; }

  /// Go to the first matrix from here on in which the warp has a tile.
  XL_DEVICE void enter() {
    while (!has_tile(order_[matrix_])) matrix_ = matrix_ + 1 < matrices_ ? matrix_ + 1 : 0;
    now_ = order_[matrix_];
    tile_ = warp_;
  }

  const MatrixView* order_;
  int matrices_;
  int warp_, warps_;
  bool any_ = false;
  int matrix_ = 0;
  int tile_ = 0;
  int step_ = 0;
  MatrixView now_{};
};

/// Fetches a warp's weights ahead; it takes them in the order of WeightCursor.
template <class T>
class WeightPipeline {
 public:
  static constexpr bool kOrdered = true;
  static constexpr int kUnroll = T::kRun;

  /// Begin to fetch. Each warp has pipeline_bytes(T::kRun) at the plan's `pipeline`.
  XL_DEVICE WeightPipeline(const T& t, const Launch& launch, unsigned char* shared)
      : t_(t), cursor_(launch.model, t.warp(), t.warps()) {
    unsigned char* const base = shared + launch.shared.pipeline;
    const size_t warp = static_cast<size_t>(t.warp());
    ready_ = reinterpret_cast<uint64_t*>(base) + warp * kStages;
    stages_ = base + static_cast<size_t>(t.warps()) * kStages * sizeof(uint64_t) +
              warp * kStages * kStageBytes;
    if (!cursor_.any()) return;
    t_.open_stages(ready_, kStages);
    for (int i = 0; i < kStages; ++i) {
      fetch();
      next_stage();
    }
    parity_ = 0;
  }

  XL_DEVICE void begin(const MatrixView&, int) {}

  /// The lane's part of 32 inputs: those of step `step` of `steps` of the warp's next tile.
  XL_DEVICE Sixteen take(int step, int steps) {
    const int i = step % T::kRun;
    if (i == 0) t_.await_stage(ready_ + stage_, parity_);
    const Sixteen part = load_sixteen(here() + i * kTileBytes + t_.lane() * 16);
    if (i == T::kRun - 1 || step == steps - 1) {
      // Nobody may still read what is overwritten now.
      t_.sync_warp();
      fetch();
      next_stage();
    }
    return part;
  }

  /// Wait for what is on its way: shared memory may go to another block afterwards.
  XL_DEVICE void close() {
    if (!cursor_.any()) return;
    for (int i = 0; i < kStages; ++i) {
      t_.await_stage(ready_ + stage_, parity_);
      next_stage();
    }
    t_.await_all();
  }

 private:
  static constexpr size_t kStageBytes = static_cast<size_t>(T::kRun) * kTileBytes;

  XL_DEVICE unsigned char* here() const {
    return stages_ + static_cast<size_t>(stage_) * kStageBytes;
  }

  XL_DEVICE void fetch() {
    t_.fetch(ready_ + stage_, here(), cursor_.at(), cursor_.count(T::kRun) * kTileBytes);
    cursor_.advance(T::kRun);
  }

  /// A stage's barrier turns over each time that the stage is filled.
  XL_DEVICE void next_stage() {
    if (++stage_ < kStages) return;
    stage_ = 0;
    parity_ ^= 1U;
  }

  const T& t_;
  WeightCursor cursor_;
  uint64_t* ready_;
  unsigned char* stages_;
  int stage_ = 0;
  uint32_t parity_ = 0;
};

}  // namespace xinglin::cuda
