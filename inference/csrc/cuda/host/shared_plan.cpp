#include "cuda/host/shared_plan.h"

#include <algorithm>

namespace xinglin::cuda {
namespace {

/// Everything but the weight pipeline and the scratch space, whose place is `pipeline`.
SharedPlan lay_out(int rows, int width, int heads, int context) {
  SharedPlan plan{};
  const size_t n = static_cast<size_t>(rows);
  plan.rows = rows;
  // The first and the last panel may be seen in part only.
  plan.reach = round_up(context, kLanes) + kLanes;
  // A matrix's last tile writes its padding, too.
  plan.x_stride = round_up(width, kTileOutputs);
  plan.z_stride = std::max(round_up(4 * width, kTileOutputs), kVocabulary);
  // Sixteen more than the tiles: rows then begin in different banks.
  plan.q_stride = round_up(width, kTileInputs) + 16;
  plan.query_stride = heads * round_up(width / heads, kLanes);
  size_t at = aligned(sizeof(BlockState));
  const auto take = [&at](size_t bytes) {
    const size_t begin = at;
    at += aligned(bytes);
    return begin;
  };
  plan.x = take(n * static_cast<size_t>(plan.x_stride) * sizeof(float));
  plan.z = take(n * static_cast<size_t>(plan.z_stride) * sizeof(float));
  // A tensor-core tile reads kMostRows rows, whatever is in those past the last.
  plan.q = take(static_cast<size_t>(kMostRows) * static_cast<size_t>(plan.q_stride));
  plan.scale = take(kMostRows * sizeof(float));
  plan.query = take(n * static_cast<size_t>(plan.query_stride));
  plan.query_scale = take(n * static_cast<size_t>(heads) * sizeof(float));
  plan.pipeline = at;
  return plan;
}

/// Add the pipeline and the scratch space. Whether `least` score rows and a sampler fit `limit`.
bool finish(SharedPlan& plan, const BlockSize& block, int run, size_t least, size_t most) {
  plan.run = run;
  plan.scratch = plan.pipeline;
  if (run > 0) plan.scratch += aligned(static_cast<size_t>(block.warps) * pipeline_bytes(run));
  const size_t pair = plan.pair_bytes();
  if (plan.scratch + std::max(least * pair, kPickBytes) > block.shared_bytes) return false;
  const size_t room = block.shared_bytes - plan.scratch;
  plan.pairs = static_cast<int>(std::min({room / pair, most, size_t{kMostPairs}}));
  plan.picked = static_cast<int>(std::min(room / kPickBytes, static_cast<size_t>(plan.rows)));
  plan.bytes = plan.scratch + std::max(static_cast<size_t>(plan.pairs) * pair,
                                       static_cast<size_t>(plan.picked) * kPickBytes);
  return true;
}

}  // namespace

SharedPlan plan_shared(int width, int heads, int context, const BlockSize& block) {
  const size_t row = static_cast<size_t>(heads);
  for (int rows = kMostRows; rows >= 1; rows /= 2) {
    SharedPlan plan = lay_out(rows, width, heads, context);
    const size_t most = static_cast<size_t>(rows) * row;
    if (block.run > 0 && finish(plan, block, block.run, row, most)) return plan;
    if (finish(plan, block, 0, 1, most)) return plan;
  }
  return SharedPlan{};
}

}  // namespace xinglin::cuda
