/// From row-major int8 matrices to the tiles that `linear` reads.
#pragma once

#include <vector>

#include "cuda/kernels/layout.h"

namespace xinglin::cuda {

/// A matrix packed as MatrixView has it, scales padded with zeros. Throws Failure(XL_INVALID) for
/// null pointers, Failure(XL_BAD_WEIGHT) for a weight of -128 or a scale that is not finite.
struct PackedMatrix {
  std::vector<int8_t> weight;
  std::vector<float> scale;
  int outputs;  // padded
  int steps;

  PackedMatrix(const xl_matrix& matrix, int outputs, int inputs);
};

}  // namespace xinglin::cuda
