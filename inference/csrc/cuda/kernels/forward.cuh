/// One step of the model in one block: rows of (sequence, byte or pair) in, logits out.
#pragma once

#include "cuda/kernels/attention.cuh"
#include "cuda/kernels/linear.cuh"
#include "cuda/kernels/ngram.cuh"

namespace xinglin::cuda {

/// A block's shared memory, by name.
struct Workspace {
  BlockState& state;
  float* x;            // (rows, E) residual
  float* z;            // (rows, 4E), or logits (rows, 256)
  int8_t* q;           // (rows, E) quantized input of the next matrix
  float* scale;        // (rows,)
  int8_t* query;       // (rows, H, depth)
  float* query_scale;  // (rows, H)
  unsigned char* scratch;

  XL_DEVICE Workspace(const SharedPlan& plan, unsigned char* shared)
      : state(*reinterpret_cast<BlockState*>(shared)),
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

  /// Compute the state's rows; the logits of the first head come to lie in work.z, and in the
  /// second phase, which only pairs have, those of the second. Ends behind a barrier.
  ///
  /// All matrices pass through one piece of code, so that it stays in the instruction cache. They
  /// come in pairs: from the residual to z, and back, added to it; a head comes alone.
  XL_DEVICE void run(int phase) {
    const int head = model_.head_at;
    const int begin = phase == 0 ? 0 : head + 1;
    const int end = phase == 1 ? model_.matrices : work_.state.wanted > 0 ? head + 1 : head;
    if (phase == 0) {
      embed(t_, model_, work_.state, work_.x, plan_.x_stride);
    } else {
      add_firsts();
    }
    t_.sync();
    for (int i = begin; i < end; ++i) {
      const bool alone = i == head || i == model_.matrices - 1;
      const bool back = !alone && (i - begin) % 2 == 1;
      if (alone) finish_residual(i == head);
      multiply(model_.order[i], back);
      if (!alone && !back) between_projections(i);
    }
    if constexpr (Weights::kOrdered) {
      if (phase == 0 && end == head) {
        for (int i = head; i < model_.matrices; ++i) drain_weights(model_.order[i]);
      }
    }
  }

 private:
  static constexpr int kMatricesOfBlock = 6;
  static constexpr int kAttention = 2;  // qkvg_proj

  XL_DEVICE int rows() const { return work_.state.rows; }

  /// The residual becomes what a head reads.
  XL_DEVICE void finish_residual(bool of_steps) {
    if (of_steps && cache_.output > 0) {
      carry_output();
      t_.sync();
    }
    normalise(t_, work_.x, plan_.x_stride, rows(), model_.width, 1);
    t_.sync();
  }

  /// Blank rows get the output that was before; zeros before the first step. Where all
  /// logits are wanted, the last output is stored for them.
  XL_DEVICE void carry_output() {
    BlockState& state = work_.state;
    for (int e = t_.index(); e < model_.width; e += t_.count()) {
      for (int i = 0; i < rows(); ++i) {
        const Row& row = state.row[i];
        float& x = work_.x[i * plan_.x_stride + e];
        float* last = cache_.output_of(state.sequence[row.slot].cache);
        if (row.blank) {
          x = row.position == 0 ? 0.0F : last[e];
        } else if (row.logits != nullptr &&
                   (i + 1 == rows() || state.row[i + 1].slot != row.slot)) {
          last[e] = x;
        }
      }
    }
  }

  /// Begin the second head: the first bytes' vectors are added to the normalised outputs.
  XL_DEVICE void add_firsts() {
    for (int i = t_.index(); i < rows() * model_.width; i += t_.count()) {
      const int row = i / model_.width;
      const int e = i % model_.width;
      const int first = work_.state.row[row].given;
      float& x = work_.x[row * plan_.x_stride + e];
      if (first >= 0) x = x + model_.second_embedding[first * model_.width + e];
    }
  }

  /// Add to each row's keys and values a part of those of the step before, as they were projected;
  /// a thread has columns of its own and goes from a sequence's last row to its first.
  XL_DEVICE void mix(const AttentionWeights& weights, int layer) {
    const int e = model_.width;
    BlockState& state = work_.state;
    for (int column = t_.index(); column < 2 * e; column += t_.count()) {
      const float share = weights.mix[column];
      float* z = work_.z + (column < e ? column : column + e);
      float last = 0.0F;
      for (int i = rows() - 1; i >= 0; --i) {
        const Row& row = state.row[i];
        if (row.blank) continue;
        const bool ends = i + 1 == rows() || state.row[i + 1].slot != row.slot;
        const bool begins = i == 0 || state.row[i - 1].slot != row.slot || state.row[i - 1].blank;
        float& x = z[i * plan_.z_stride];
        if (ends) last = x;
        float* raw = cache_.raw_of(state.sequence[row.slot].cache) + layer * 2 * e + column;
        const float before = !begins ? z[(i - 1) * plan_.z_stride] : row.position > 0 ? *raw : 0.0F;
        x = x + share * before;
        if (begins) *raw = last;
      }
    }
  }

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

  /// The operations on z between the two projections of a pair; `i` is the first one.
  XL_DEVICE void between_projections(int i) {
    const int e = model_.width;
    if (i % kMatricesOfBlock != kAttention || i > model_.head_at) {
      gate(t_, work_.z, plan_.z_stride, rows(), e, model_.heads);
      t_.sync();
      return;
    }
    const int layer = i / kMatricesOfBlock;
    if (model_.mixes) {
      mix(model_.blocks[layer].attention, layer);
      t_.sync();
    }
    normalise(t_, work_.z, plan_.z_stride, rows(), 4 * e, 4 * model_.heads);
    t_.sync();
    attend(model_.blocks[layer].attention, layer);
    gate_mixed(t_, work_.z, work_.z + 3 * e, plan_.z_stride, rows(), e, model_.heads);
    t_.sync();
  }

  /// The heads' outputs take the place of the keys in z.
  XL_DEVICE void attend(const AttentionWeights& attention, int layer) {
    BlockState& state = work_.state;
    const auto view = [&](int row, int head) {
      return HeadView(cache_, state.sequence[state.row[row].slot].cache,
                      layer * model_.heads + head);
    };
    const int r = model_.head_width();
    store_kv(t_, state.row, rows(), model_.heads, r, work_.z, plan_.z_stride, work_.query,
             plan_.query_stride, work_.query_scale, view);
    t_.sync();
    float* scores = reinterpret_cast<float*>(work_.scratch);
    int8_t* weights = reinterpret_cast<int8_t*>(scores + plan_.pairs * plan_.reach);
    const AttentionView a{work_.query,     plan_.query_stride, work_.query_scale, attention.bias,
                          attention.reach, model_.context,     model_.heads,      scores,
                          weights,         plan_.reach};
    const int all = rows() * model_.heads;
    for (int first = 0; first < all; first += plan_.pairs) {
      const int count = all - first < plan_.pairs ? all - first : plan_.pairs;
      attend_pairs(t_, a, state.row, state.pair, first, count, r, work_.z, plan_.z_stride, view);
      t_.sync();
    }
  }

  /// Take the weights of a matrix that nothing is multiplied with: they are on their way.
  XL_DEVICE void drain_weights(const MatrixView& w) {
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
