#include "engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace xinglin {
namespace {

constexpr int kFew = 16;
constexpr double kSqrt2 = 1.4142135623730951;

/// The sum as NumPy makes it: eight running sums in each half.
double pairwise_sum(const Weights& x) {
  double halves[2];
  for (size_t half = 0; half < 2; ++half) {
    double part[8] = {};
    for (size_t i = 0; i < 128; ++i) part[i % 8] += x[half * 128 + i];
    halves[half] =
        ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  }
  return halves[0] + halves[1];
}

Weights softmax(const Weights& logits) {
  const double top = *std::max_element(logits.begin(), logits.end());
  Weights p;
  for (size_t i = 0; i < p.size(); ++i) {
    const double below = logits[i] - top;
    p[i] = below < -746.0 ? 0.0 : std::exp(below);  // there exp is 0 anyway
  }
  const double sum = pairwise_sum(p);
  for (double& x : p) x /= sum;
  return p;
}

double entropy(const Weights& p) {
  double sum = 0.0;
  for (const double x : p) {
    if (x > 0.0) sum += x * std::log(x);
  }
  return -sum;
}

int positive(const Weights& p) {
  return static_cast<int>(std::count_if(p.begin(), p.end(), [](double x) { return x > 0.0; }));
}

/// The `count` largest in one pass, kept in order: a newcomer rarely passes the last of them.
Weights keep_few(const Weights& p, int count) {
  std::array<size_t, kFew> best{};
  int n = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0.0 || (n == count && p[i] <= p[best[static_cast<size_t>(n - 1)]])) continue;
    size_t at = static_cast<size_t>(n < count ? n++ : n - 1);
    for (; at > 0 && p[i] > p[best[at - 1]]; --at) best[at] = best[at - 1];
    best[at] = i;
  }
  Weights kept{};
  for (int i = 0; i < n; ++i) kept[best[static_cast<size_t>(i)]] = p[best[static_cast<size_t>(i)]];
  return kept;
}

/// Zero all but the `count` largest; of equals the smaller byte stays.
Weights keep_largest(const Weights& p, int count) {
  if (count <= kFew) return keep_few(p, count);
  std::array<uint8_t, 256> order;
  int n = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0.0) order[static_cast<size_t>(n++)] = static_cast<uint8_t>(i);
  }
  if (count >= n) return p;
  const auto before = [&p](uint8_t a, uint8_t b) { return p[a] != p[b] ? p[a] > p[b] : a < b; };
  std::nth_element(order.begin(), order.begin() + count, order.begin() + n, before);
  Weights kept{};
  for (int i = 0; i < count; ++i) {
    const uint8_t byte = order[static_cast<size_t>(i)];
    kept[byte] = p[byte];
  }
  return kept;
}

/// How many of the most probable it takes to reach `share`.
int reach(const Weights& p, double share) {
  Weights sorted = p;
  std::sort(sorted.begin(), sorted.end(), std::greater<double>());
  double sum = 0.0;
  for (int i = 0; i < 256; ++i) {
    sum += sorted[static_cast<size_t>(i)];
    if (sum >= share) return i + 1;
  }
  return 256;
}

/// Take 1/256 off each and clip; where nothing is left, keep the largest.
Weights cut(const Weights& p) {
  Weights left;
  bool any = false;
  for (size_t i = 0; i < p.size(); ++i) {
    left[i] = std::max(p[i] - 1.0 / 256.0, 0.0);
    any = any || left[i] > 0.0;
  }
  if (!any) left[static_cast<size_t>(std::max_element(p.begin(), p.end()) - p.begin())] = 1.0;
  return left;
}

bool within(double x, double low, double high) { return x >= low && x <= high; }

/// Walk the candidates in byte order to the first whose running sum passes u of the total.
uint8_t draw(const Weights& weights, double u) {
  double total = 0.0;
  for (const double x : weights) total += x;
  double sum = 0.0;
  size_t last = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0.0) continue;
    sum += weights[i];
    last = i;
    if (sum > u * total) break;
  }
  return static_cast<uint8_t>(last);
}

}  // namespace

Sampler::Sampler(const xl_sampling& options) : options_(options), generator_(options.seed) {
  require(options.method >= XL_TOP_E && options.method <= XL_WYGPT);
  require(within(options.temperature, 1e-2, 1e2));
  require(options.method != XL_TOP_E || options.top_e >= 0.0);
  require(options.method != XL_TOP_K || (options.top_k >= 1 && options.top_k <= 256));
  require(options.method != XL_TOP_P || within(options.top_p, 1e-6, 1.0));
  require(options.method != XL_MIN_P || within(options.min_p, 0.0, 1.0));
  if (options.method == XL_WYGPT) penalty_.emplace();
}

void Sampler::feed(const uint8_t* data, size_t n) {
  if (!penalty_) return;
  for (size_t i = 0; i < n; ++i) penalty_->feed(data[i]);
}

uint8_t Sampler::pick(const float* logits, const uint8_t* next) {
  const Weights weights = weigh(logits, next);
  const uint8_t byte = draw(weights, generator_.uniform());
  // What stays keeps its probability; `cut` took a part of it off.
  surprise_ -= std::log(std::min(1.0, weights[byte] + (penalty_ ? 1.0 / 256.0 : 0.0)));
  return byte;
}

Weights Sampler::weigh(const float* logits, const uint8_t* next) const {
  Weights exact;
  Weights taken{};
  if (penalty_) penalty_->values(taken.data());
  bool any = false;
  for (size_t i = 0; i < exact.size(); ++i) {
    require(std::isfinite(logits[i]), XL_INTERNAL);
    const bool allowed = next[i] != Automaton::kForbidden;
    double x = static_cast<double>(logits[i]);
    if (penalty_) x = (x - taken[i]) * kSqrt2;
    exact[i] = allowed ? x / options_.temperature : -std::numeric_limits<double>::infinity();
    any = any || allowed;
  }
  require(any, XL_INTERNAL);
  const Weights p = softmax(exact);
  return penalty_ ? cut(p) : keep_largest(p, count(p));
}

int Sampler::count(const Weights& p) const {
  const int possible = positive(p);
  switch (options_.method) {
    case XL_TOP_K:
      return std::min(options_.top_k, possible);
    case XL_TOP_P:
      return std::min(reach(p, options_.top_p), possible);
    case XL_MIN_P: {
      const double floor = options_.min_p * *std::max_element(p.begin(), p.end());
      return static_cast<int>(
          std::count_if(p.begin(), p.end(), [=](double x) { return x > 0.0 && x >= floor; }));
    }
    default: {
      const double wanted = options_.top_e * std::exp(entropy(p));
      if (wanted >= possible) return possible;
      return std::max(1, static_cast<int>(std::floor(wanted + 0.5)));
    }
  }
}

}  // namespace xinglin
