#include "cpu/model/packing.h"

#include <algorithm>

#include "common/status.h"
#include "engine/model_source.h"

namespace xinglin::cpu {

size_t packed_bytes(int outputs, int inputs) {
  const size_t n = static_cast<size_t>(round_up(outputs, kLanes));
  const size_t k = static_cast<size_t>(round_up(inputs, kDeep));
  return Arena::padded(n * k) + Arena::padded(n * sizeof(float)) +
         Arena::padded(n * sizeof(int32_t));
}

float* copy_floats(Arena& arena, const float* source, size_t count, size_t padded) {
  check_floats(source, count);
  float* copy = arena.take<float>(padded);
  std::copy(source, source + count, copy);
  return copy;
}

PackedView pack(Arena& arena, const xl_matrix& matrix, int outputs, int inputs) {
  require(matrix.weight != nullptr);
  const int n = round_up(outputs, kLanes);
  const int deep = round_up(inputs, kDeep) / kDeep;
  int8_t* weight = arena.take<int8_t>(static_cast<size_t>(n / kLanes * deep) * kPanelStep);
  const float* scale =
      copy_floats(arena, matrix.scale, static_cast<size_t>(outputs), static_cast<size_t>(n));
  int32_t* unoffset = arena.take<int32_t>(static_cast<size_t>(n));
  const PackedView packed{weight, scale, unoffset, n, deep};
  for (int o = 0; o < outputs; ++o) {
    const int8_t* row = matrix.weight + static_cast<size_t>(o) * static_cast<size_t>(inputs);
    const PanelView panel(packed, o / kLanes);
    int8_t* base = weight + (panel.weight - weight) + o % kLanes * kDeep;
    int32_t sum = 0;
    for (int k = 0; k < inputs; ++k) {
      require(row[k] != -128, XL_BAD_WEIGHT);
      base[static_cast<size_t>(k / kDeep) * panel.step + static_cast<size_t>(k % kDeep)] = row[k];
      sum += row[k];
    }
    unoffset[o] = -128 * sum;
  }
  return packed;
}

}  // namespace xinglin::cpu
