/// The gate between its two matrices: g = norm(n1 * n2), n1 and n2 the halves of norm(z).
#pragma once

#include "train/norm.h"
#include "train/saved.h"

namespace xinglin::train {

/// z: (rows, 2E) float32.
template <class S>
void gate_forward(const float* z, int64_t stride, int rows, const Sizes& sizes,
                  const GateRows& saved) {
  with_group<S>(sizes.head, [&](const auto& group) {
    using Element = typename S::Element;
    constexpr int V = std::decay_t<decltype(group)>::kRegisters;
    Lanes<S, V> one;
    Lanes<S, V> two;
    for (int r = 0; r < rows; ++r) {
      auto* n = static_cast<Element*>(saved.n) + r * saved.wide;
      auto* g = static_cast<Element*>(saved.g) + r * saved.narrow;
      float* scale = saved.scale + r * 3 * sizes.heads;
      for (int h = 0; h < sizes.heads; ++h) {
        const int first = h * sizes.head;
        const int second = first + sizes.width;
        for (int i = 0; i < group.count(); ++i) {
          one[i] = group.load(z + r * stride + first, i);
          two[i] = group.load(z + r * stride + second, i);
        }
        scale[h] = normalise<S, V>(group, one);
        scale[sizes.heads + h] = normalise<S, V>(group, two);
        for (int i = 0; i < group.count(); ++i) {
          group.store_elements(n + first, i, one[i]);
          group.store_elements(n + second, i, two[i]);
          one[i] = S::mul(one[i], two[i]);
        }
        scale[2 * sizes.heads + h] = normalise<S, V>(group, one);
        for (int i = 0; i < group.count(); ++i) group.store_elements(g + first, i, one[i]);
      }
    }
  });
}

/// d: (rows, E) float32, the gradient of g; dz: (rows, 2E) elements of stride `saved.wide`.
template <class S>
void gate_backward(const float* d, int64_t stride, int rows, const Sizes& sizes,
                   const GateRows& saved, void* dz) {
  with_group<S>(sizes.head, [&](const auto& group) {
    using Element = typename S::Element;
    constexpr int V = std::decay_t<decltype(group)>::kRegisters;
    Lanes<S, V> slope;
    Lanes<S, V> one;
    Lanes<S, V> two;
    Lanes<S, V> other;
    for (int r = 0; r < rows; ++r) {
      const auto* n = static_cast<const Element*>(saved.n) + r * saved.wide;
      const auto* g = static_cast<const Element*>(saved.g) + r * saved.narrow;
      auto* to = static_cast<Element*>(dz) + r * saved.wide;
      const float* scale = saved.scale + r * 3 * sizes.heads;
      for (int h = 0; h < sizes.heads; ++h) {
        const int first = h * sizes.head;
        const int second = first + sizes.width;
        for (int i = 0; i < group.count(); ++i) {
          slope[i] = group.load(d + r * stride + first, i);
          other[i] = group.load_elements(g + first, i);
          one[i] = group.load_elements(n + first, i);
          two[i] = group.load_elements(n + second, i);
        }
        const float along = inner<S, V>(group, slope, other);
        unnormalise<S, V>(group, slope, other, along, scale[2 * sizes.heads + h]);
        for (int i = 0; i < group.count(); ++i) {
          other[i] = S::mul(slope[i], one[i]);
          slope[i] = S::mul(slope[i], two[i]);
        }
        // Of both halves, sum(d * n) is the sum of one product: slope of the product, n1 and n2.
        const float both = inner<S, V>(group, slope, one);
        unnormalise<S, V>(group, slope, one, both, scale[h]);
        unnormalise<S, V>(group, other, two, both, scale[sizes.heads + h]);
        for (int i = 0; i < group.count(); ++i) {
          group.store_elements(to + first, i, slope[i]);
          group.store_elements(to + second, i, other[i]);
        }
      }
    }
  });
}

}  // namespace xinglin::train
