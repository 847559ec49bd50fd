/// One step of the model in one block: rows of (stream, byte) in, logits out.
#pragma once

#include "cuda/attention.cuh"
#include "cuda/linear.cuh"
#include "cuda/ngram.cuh"

namespace xinglin::cuda {

/// A block's shared memory, by name.
struct Workspace {
  Board& board;
  float* x;            // (rows, E) residual
  float* z;            // (rows, 4E), or logits (rows, 256)
  int8_t* q;           // (rows, E) quantized input of the next matrix
  float* scale;        // (rows,)
  int8_t* query;       // (rows, H, depth)
  float* query_scale;  // (rows, H)
  unsigned char* scratch;

  XL_DEVICE Workspace(const SharedPlan& plan, unsigned char* shared)
      : board(*reinterpret_cast<Board*>(shared)),
        x(reinterpret_cast<float*>(shared + plan.x)),
        z(reinterpret_cast<float*>(shared + plan.z)),
        q(reinterpret_cast<int8_t*>(shared + plan.q)),
        scale(reinterpret_cast<float*>(shared + plan.scale)),
        query(reinterpret_cast<int8_t*>(shared + plan.query)),
        query_scale(reinterpret_cast<float*>(shared + plan.query_scale)),
        scratch(shared + plan.scratch) {}
};

/// The rows of the step under way through one model.
template <class T, class Weights>
class Forward {
 public:
  XL_DEVICE Forward(const T& t, const Launch& launch, const Workspace& work, Weights& weights)
      : t_(t),
        model_(launch.model),
        cache_(launch.cache),
        plan_(launch.shared),
        work_(work),
        weights_(weights) {}

  /// Compute the board's rows; logits come to lie in work.z. Ends behind a barrier.
  ///
  /// All matrices pass through one piece of code, so that it stays in the instruction cache. Those
  /// of a block come in pairs: from the residual to z, and back, added to it.
  XL_DEVICE void step() {
    embed(t_, model_, work_.board, work_.x, plan_.x_stride);
    t_.sync();
    const int head = model_.matrices - 1;
    const int last = work_.board.wanted > 0 ? head : head - 1;
    for (int i = 0; i <= last; ++i) {
      const bool back = i < head && i % 2 == 1;
      if (i == head) {
        normalise(t_, work_.x, plan_.x_stride, rows(), model_.width, 1);
        t_.sync();
      }
      multiply(model_.order[i], back);
      if (i < head && !back) meet(i);
    }
    if constexpr (Weights::kOrdered) {
      if (last < head) leave_out(model_.head);
    }
  }

 private:
  static constexpr int kMatricesOfBlock = 6;
  static constexpr int kAttention = 2;  // b_x

  XL_DEVICE int rows() const { return work_.board.rows; }

  /// Quantize the residual and multiply it to z, or z and add it to the residual.
  XL_DEVICE void multiply(const MatrixView& w, bool back) {
    const float* from = back ? work_.z : work_.x;
    quantize(t_, from, back ? plan_.z_stride : plan_.x_stride, rows(), model_.width, work_.q,
             plan_.q_stride, work_.scale);
    t_.sync();
    linear(t_, w, {work_.q, plan_.q_stride, work_.scale, rows()}, back ? work_.x : work_.z,
           back ? plan_.x_stride : plan_.z_stride, back, weights_);
    t_.sync();
  }

  /// What happens in z between the two matrices of a pair; `i` is the first one.
  XL_DEVICE void meet(int i) {
    const int e = model_.width;
    if (i % kMatricesOfBlock != kAttention) {
      gate(t_, work_.z, plan_.z_stride, rows(), e, model_.heads);
      t_.sync();
      return;
    }
    const int layer = i / kMatricesOfBlock;
    normalise(t_, work_.z, plan_.z_stride, rows(), 4 * e, 4 * model_.heads);
    t_.sync();
    attend(model_.blocks[layer], layer);
    gate_mixed(t_, work_.z, work_.z + 3 * e, plan_.z_stride, rows(), e, model_.heads);
    t_.sync();
  }

  /// The heads' outputs take the place of the keys in z.
  XL_DEVICE void attend(const BlockView& block, int layer) {
    Board& board = work_.board;
    const auto view = [&](int row, int head) {
      return HeadView(cache_, board.stream[board.row[row].seat].cache, layer * model_.heads + head);
    };
    const int r = model_.head_width();
    keep(t_, board.row, rows(), model_.heads, r, work_.z, plan_.z_stride, work_.query,
         plan_.query_stride, work_.query_scale, view);
    t_.sync();
    float* scores = reinterpret_cast<float*>(work_.scratch);
    int8_t* weights = reinterpret_cast<int8_t*>(scores + plan_.pairs * plan_.reach);
    const AttentionView a{work_.query, plan_.query_stride, work_.query_scale, block.bias,
                          block.reach, model_.context,     model_.heads,      scores,
                          weights,     plan_.reach};
    const int all = rows() * model_.heads;
    for (int first = 0; first < all; first += plan_.pairs) {
      const int count = all - first < plan_.pairs ? all - first : plan_.pairs;
      attend_pairs(t_, a, board.row, board.pair, first, count, r, work_.z, plan_.z_stride, view);
      t_.sync();
    }
  }

  /// Take the weights of a matrix that nothing is multiplied with: they are on their way.
  XL_DEVICE void leave_out(const MatrixView& w) {
    for (int tile = t_.warp(); tile * kTileOutputs < w.outputs; tile += t_.warps()) {
      for (int step = 0; step < w.steps; ++step) (void)weights_.take(step, w.steps);
    }
  }

  const T& t_;
  const ModelView& model_;
  const CacheLayout& cache_;
  const SharedPlan& plan_;
  const Workspace& work_;
  Weights& weights_;
};

}  // namespace xinglin::cuda
