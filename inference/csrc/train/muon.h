/// Muon: momentum, made orthogonal. One thread's workspace.
///
/// Source: Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the
/// coefficients are theirs. The direction X (rows >= columns) becomes X p(X^T X), five times.
#pragma once

#include "train/kernels.h"
#include "train/memory.h"

namespace xinglin::train {

struct MuonStep {
  float rate;
  float momentum;
  float decay;
};

class Muon {
 public:
  /// For matrices of up to `rows` by exactly `columns` (both before padding), rows >= columns.
  Muon(const Kernels& kernels, int rows, int columns);

  /// One step of a matrix: gradient (rows padded, columns padded), weight and momentum (rows,
  /// columns).
  void step(const MuonStep& step, const float* gradient, int rows, float* weight, float* momentum);

 private:
  float direct(const MuonStep& step, const float* gradient, int rows, float* momentum);
  void iterate(int rows);
  void gram(int rows);
  void symmetric(const Left& a, const Right& b, int steps, float* c);

  const Kernels& kernels_;
  int columns_;
  int stride_;
  Memory<float> x_;
  Memory<float> gram_;
  Memory<float> square_;
  Memory<char> elements_;
  Memory<char> small_;
  Memory<uint32_t> woven_;
  Memory<uint32_t> small_woven_;
};

}  // namespace xinglin::train
