/// A model that learns: weights, moments, threads.
#pragma once

#include <memory>
#include <vector>

#include "train/muon.h"
#include "train/pass.h"
#include "train/pool.h"

namespace xinglin::train {

struct AdamStep;

class Trainer {
 public:
  /// Throws std::invalid_argument, std::bad_alloc, std::system_error.
  Trainer(const xt_shape& shape, const Kernels& kernels, int threads);

  const Kernels& kernels() const { return kernels_; }
  const Model& model() const { return model_; }
  xt_tensor tensor(int i) const;
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }
  void set_teacher(const float* const* weights);

  /// Whether loss and gradients are numbers; if not, nothing has moved.
  bool step(const xt_batch& batch, const xt_rates& rates, double* loss);
  bool gradients(const xt_batch& batch, double* loss, float* const* gradients);
  void losses(const xt_batch& batch, float* losses);
  xt_times times() const;

 private:
  double run(const xt_batch& given, bool learn);
  bool sum_gradients();
  void optimize(const xt_rates& rates);
  void deal_out();
  void move(int thread, const MuonStep& muon, const AdamStep& adam);

  Kernels kernels_;
  Model model_;
  Weights weights_;
  std::unique_ptr<Weights> teacher_;
  Batch batch_;
  Memory<float> first_;
  Memory<float> second_;
  std::vector<Pass> passes_;
  std::vector<Memory<float>> gradients_;
  std::vector<Muon> muons_;
  std::vector<std::vector<int>> shares_;  // tensors that each thread's optimizer moves
  int64_t steps_ = 0;
  double optimizer_s_ = 0.0;
  Pool pool_;
};

}  // namespace xinglin::train
