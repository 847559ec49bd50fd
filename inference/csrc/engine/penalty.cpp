#include "engine/penalty.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace xinglin {
namespace {

constexpr double kE = 2.718281828459045235;

/// exp(m / e) - 1 by m.
const std::array<double, kLongestMatch + 1>& growth_table() {
  static const auto kGrowth = [] {
    std::array<double, kLongestMatch + 1> table{};
    for (size_t m = 0; m < table.size(); ++m) table[m] = std::expm1(static_cast<double>(m) / kE);
    return table;
  }();
  return kGrowth;
}

}  // namespace

const double* MatchPenalty::growth() { return growth_table().data(); }

void MatchPenalty::feed(uint8_t byte) {
  const size_t n = history_.size();
  for (size_t back = 1; back <= n; ++back) {
    uint8_t& m = match_[back - 1];
    m = history_[n - back] == byte ? static_cast<uint8_t>(std::min(m + 1, kLongestMatch))
                                   : uint8_t{1};
  }
  match_.push_back(1);
  history_.push_back(byte);
}

void MatchPenalty::values(double* penalty) const {
  std::fill(penalty, penalty + 256, 0.0);
  const auto& table = growth_table();
  const size_t n = history_.size();
  for (size_t k = 0; k < n; ++k) {
    penalty[history_[k]] += table[match_[n - k - 1]] / static_cast<double>(n - k);
  }
}

}  // namespace xinglin
