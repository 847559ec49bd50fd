/// From row-major int8 matrices to the tiles that `linear` reads, and checks of what comes in.
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

/// Refuses null with XL_INVALID and numbers that are not finite with XL_BAD_WEIGHT.
void check_floats(const float* x, size_t count);

/// From which distance on a head's weights are too small to count: the same as on the CPU.
int reach_of(const float* bias, int context, int head_width);

}  // namespace xinglin::cuda
