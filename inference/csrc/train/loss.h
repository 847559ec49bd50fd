/// Cross-entropy of rows of 256 logits, and its gradient.
#pragma once

#include <cmath>

#include "common/exp.h"
#include "train/targets.h"

namespace xinglin::train {

/// Logits become powers of e; returns the logarithm of their sum (with the largest added again)
/// and 1 / the sum.
template <class S>
inline float powers_of(float* logits, float* inverse) {
  typename S::F most = S::load(logits);
  for (int j = kLanes; j < kBytes; j += kLanes) most = S::max(most, S::load(logits + j));
  const float top = S::largest(most);
  typename S::F sum = S::zero();
  for (int j = 0; j < kBytes; j += kLanes) {
    const typename S::F x = exp_or_tiny<S>(S::sub(S::load(logits + j), S::set(top)));
    S::store(logits + j, x);
    sum = S::add(sum, x);
  }
  const float total = S::sum(sum);
  *inverse = 1.0F / total;
  return top + std::log(total);
}

/// Logits become probabilities.
template <class S>
void softmax_rows(float* logits, int rows) {
  for (int r = 0; r < rows; ++r) {
    float* row = logits + r * kBytes;
    float inverse = 0.0F;
    powers_of<S>(row, &inverse);
    for (int j = 0; j < kBytes; j += kLanes) {
      S::store(row + j, S::mul(S::load(row + j), S::set(inverse)));
    }
  }
}

/// losses: row r's, unweighted, at [r * step]; slopes: (rows, 256) elements, the gradient of
/// sum(weight * loss), or null. Logits are used up. Returns that sum.
template <class S>
double loss_rows(float* logits, int rows, const Targets& targets, float* losses, void* slopes) {
  using F = typename S::F;
  using Element = typename S::Element;
  double total = 0.0;
  for (int r = 0; r < rows; ++r) {
    float* row = logits + r * kBytes;
    const int target = targets.bytes[r * targets.step];
    const float weight = targets.weights[r * targets.step];
    const float* teacher = targets.teacher ? targets.teacher + r * kBytes : nullptr;
    F expected = S::zero();
    for (int j = 0; teacher && j < kBytes; j += kLanes) {
      expected = S::multiply_add(S::load(row + j), S::load(teacher + j), expected);
    }
    const float said = teacher ? S::sum(expected) : row[target];
    float inverse = 0.0F;
    const float loss = powers_of<S>(row, &inverse) - said;
    losses[r * targets.step] = loss;
    if (weight != 0.0F) total += static_cast<double>(weight) * static_cast<double>(loss);
    if (!slopes) continue;
    auto* to = static_cast<Element*>(slopes) + r * kBytes;
    if (!teacher) row[target] -= 1.0F / inverse;
    for (int j = 0; j < kBytes; j += kLanes) {
      F x = S::mul(S::load(row + j), S::set(inverse));
      if (teacher) x = S::sub(x, S::load(teacher + j));
      S::store_elements(to + j, weight == 0.0F ? S::zero() : S::mul(x, S::set(weight)));
    }
  }
  return total;
}

}  // namespace xinglin::train
