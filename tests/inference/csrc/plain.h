// Random numbers, and plain scalar versions of the kernels to compare them with.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/random.h"

namespace selftest {

inline size_t size(int n) { return static_cast<size_t>(n); }

class Random {
 public:
  explicit Random(uint64_t seed) : generator_(seed) {}

  /// About normal: the sum of twelve uniform numbers.
  float normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += generator_.uniform();
    return static_cast<float>(sum);
  }
  int integer(int low, int high) {
    return low + static_cast<int>(generator_.integer() % static_cast<uint64_t>(high - low + 1));
  }
  std::vector<float> normals(size_t n) {
    std::vector<float> x(n);
    for (float& f : x) f = normal();
    return x;
  }
  /// Weights as extreme as they may be: half of them at the ends of the range.
  std::vector<int8_t> weights(size_t n) {
    std::vector<int8_t> w(n);
    for (int8_t& v : w) {
      const int kind = integer(0, 3);
      v = static_cast<int8_t>(kind == 0 ? -127 : kind == 1 ? 127 : integer(-127, 127));
    }
    return w;
  }

 private:
  xinglin::SplitMix64 generator_;
};

/// q and scale of one row, as inference/model/quantize.py says.
inline float plain_quantize(const float* x, int d, int8_t* q) {
  float largest = 0.0F;
  for (int i = 0; i < d; ++i) largest = std::max(largest, std::fabs(x[i]));
  const bool nothing = largest < 1e-30F;
  const float inverse = nothing ? 0.0F : 127.0F / largest;
  for (int i = 0; i < d; ++i) q[i] = static_cast<int8_t>(std::nearbyint(x[i] * inverse));
  return nothing ? 0.0F : largest / 127.0F;
}

inline void plain_linear(const float* x, int rows, int d, const int8_t* w, const float* scale,
                         int o, float* y) {
  std::vector<int8_t> q(size(d));
  for (int r = 0; r < rows; ++r) {
    const float x_scale = plain_quantize(x + size(r) * size(d), d, q.data());
    for (int j = 0; j < o; ++j) {
      int32_t sum = 0;
      for (int i = 0; i < d; ++i) sum += q[size(i)] * w[size(j) * size(d) + size(i)];
      y[size(r) * size(o) + size(j)] = static_cast<float>(sum) * (x_scale * scale[j]);
    }
  }
}

inline void plain_group_norm(const float* x, int d, int groups, double* y) {
  const int n = d / groups;
  for (int g = 0; g < groups; ++g) {
    double mean = 0.0;
    double variance = 0.0;
    for (int i = 0; i < n; ++i) mean += static_cast<double>(x[g * n + i]) / n;
    for (int i = 0; i < n; ++i) {
      const double away = static_cast<double>(x[g * n + i]) - mean;
      variance += away * away / n;
    }
    for (int i = 0; i < n; ++i) y[g * n + i] = (x[g * n + i] - mean) / std::sqrt(variance + 1e-12);
  }
}

/// One query against the history, keys, queries and values rounded to int8, weights to 14 bits, the
/// rest in double.
inline void plain_attention(const float* key, const float* query, const float* value,
                            const float* pe, int at, int r, int context, double* y) {
  std::vector<int8_t> q(size(r));
  std::vector<int8_t> other(size(r));
  const double q_scale = plain_quantize(query + size(at) * size(r), r, q.data());
  const int first = std::max(0, at - context + 1);
  std::vector<double> weight;
  double top = -std::numeric_limits<double>::infinity();
  for (int p = first; p <= at; ++p) {
    const double scale = plain_quantize(key + size(p) * size(r), r, other.data());
    int32_t sum = 0;
    for (int i = 0; i < r; ++i) sum += q[size(i)] * other[size(i)];
    weight.push_back(sum * q_scale * scale / std::sqrt(r) + pe[at - p]);
    top = std::max(top, weight.back());
  }
  double total = 0.0;
  double most = 0.0;
  for (int p = first; p <= at; ++p) {
    double& w = weight[size(p - first)];
    total += w = std::exp(w - top);
    w *= plain_quantize(value + size(p) * size(r), r, other.data());
    most = std::max(most, w);
  }
  std::fill(y, y + r, 0.0);
  for (int p = first; p <= at; ++p) {
    const double steps = std::nearbyint(weight[size(p - first)] / most * 16383.0);
    (void)plain_quantize(value + size(p) * size(r), r, other.data());
    for (int i = 0; i < r; ++i) y[i] += steps * most / 16383.0 / total * other[size(i)];
  }
}

}  // namespace selftest
