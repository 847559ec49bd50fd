#include "cuda/host/packing.h"

#include <algorithm>

#include "common/status.h"
#include "engine/model_source.h"

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

}  // namespace xinglin::cuda
