#include "engine/model_source.h"

#include <algorithm>
#include <cmath>

#include "common/constants.h"
#include "common/status.h"

namespace xinglin {
namespace {

constexpr int kMaxHeads = 256;
constexpr int kMaxLayers = 1024;
constexpr int kMaxContext = 1 << 16;

void check_ngrams(const xl_ngrams& source, int width, int step_bytes) {
  require(source.count >= 0 && source.count <= kMostOrders);
  if (source.count == 0) return;
  require(width % source.count == 0);
  require(source.rows != nullptr && source.orders != nullptr && source.tables != nullptr);
  int before = 0;
  for (int i = 0; i < source.count; ++i) {
    require(source.rows[i] >= 1 && source.rows[i] <= kMaxNgramRows);
    require(source.orders[i] > before && source.orders[i] <= kLongestNgram / step_bytes);
    require(source.tables[i] != nullptr);
    before = source.orders[i];
  }
}

}  // namespace

const xl_model_source& checked(const xl_model_source& source) {
  require(source.heads >= 1 && source.heads <= kMaxHeads);
  require(source.width >= source.heads && source.width <= kMaxWidth);
  require(source.width % source.heads == 0 && source.width / source.heads <= kMaxHeadWidth);
  require(source.layers >= 1 && source.layers <= kMaxLayers);
  require(source.context >= 1 && source.context <= kMaxContext);
  require(source.step_bytes == 1 || source.step_bytes == 2);
  require(source.embedding != nullptr && source.blocks != nullptr);
  for (int i = 0; i < source.layers; ++i) {
    require((source.blocks[i].b_mix == nullptr) == (source.blocks[0].b_mix == nullptr));
  }
  check_ngrams(source.ngrams, source.width, source.step_bytes);
  return source;
}

void check_floats(const float* x, size_t count) {
  require(x != nullptr);
  require(std::all_of(x, x + count, [](float v) { return std::isfinite(v); }), XL_BAD_WEIGHT);
}

int reach_of(const float* bias, int context, int head_width) {
  const float most = *std::max_element(bias, bias + context);
  const float least = most - 2.0F * std::sqrt(static_cast<float>(head_width)) - 20.0F;
  int reach = context;
  while (reach > 1 && bias[reach - 1] < least) --reach;
  return reach;
}

}  // namespace xinglin
