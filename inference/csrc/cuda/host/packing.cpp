#include "cuda/host/packing.h"

#include <algorithm>
#include <cmath>

#include "common/status.h"

namespace xinglin::cuda {

PackedMatrix::PackedMatrix(const xl_matrix& matrix, int rows, int inputs)
    : outputs(round_up(rows, kTileOutputs)), steps(round_up(inputs, kTileInputs) / kTileInputs) {
  require(matrix.weight != nullptr);
  check_floats(matrix.scale, static_cast<size_t>(rows));
  weight.assign(static_cast<size_t>(outputs / kTileOutputs) * static_cast<size_t>(steps) *
                    static_cast<size_t>(kTileBytes),
                0);
  scale.assign(static_cast<size_t>(outputs), 0.0F);
  std::copy_n(matrix.scale, rows, scale.begin());
  for (int o = 0; o < rows; ++o) {
    const int8_t* row = matrix.weight + static_cast<size_t>(o) * static_cast<size_t>(inputs);
    for (int k = 0; k < inputs; ++k) {
      require(row[k] != -128, XL_BAD_WEIGHT);
      weight[packed_index(o, k, steps)] = row[k];
    }
  }
}

void check_floats(const float* x, size_t count) {
  require(x != nullptr);
  require(std::all_of(x, x + count, [](float v) { return v - v == 0.0F; }), XL_BAD_WEIGHT);
}

int reach_of(const float* bias, int context, int head_width) {
  const float most = *std::max_element(bias, bias + context);
  const float least = most - 2.0F * std::sqrt(static_cast<float>(head_width)) - 20.0F;
  int reach = context;
  while (reach > 1 && bias[reach - 1] < least) --reach;
  return reach;
}

}  // namespace xinglin::cuda
