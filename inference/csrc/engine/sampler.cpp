#include "engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <cstring>
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

/// Sixteen running maxima: one alone would wait for itself.
double largest(const Weights& x) {
  double most[16];
  std::copy_n(x.begin(), 16, most);
  for (size_t i = 16; i < x.size(); i += 16) {
    for (size_t j = 0; j < 16; ++j) most[j] = most[j] < x[i + j] ? x[i + j] : most[j];
  }
  return *std::max_element(most, most + 16);
}

/// In place.
void softmax(Weights& p) {
  const double top = largest(p);
  for (double& x : p) {
    const double below = x - top;
    x = below < -746.0 ? 0.0 : std::exp(below);  // there exp is 0 anyway
  }
  const double sum = pairwise_sum(p);
  for (double& x : p) x /= sum;
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

/// Zero all but some bytes.
void keep_only(Weights& p, const uint8_t* bytes, int count) {
  std::array<double, 256> kept;
  for (int i = 0; i < count; ++i) kept[static_cast<size_t>(i)] = p[bytes[i]];
  p.fill(0.0);
  for (int i = 0; i < count; ++i) p[bytes[i]] = kept[static_cast<size_t>(i)];
}

/// The `count` largest in one pass, kept in order: a newcomer rarely passes the last of them.
void keep_few(Weights& p, int count) {
  std::array<uint8_t, kFew> best{};
  int n = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    if (p[i] == 0.0 || (n == count && p[i] <= p[best[static_cast<size_t>(n - 1)]])) continue;
    size_t at = static_cast<size_t>(n < count ? n++ : n - 1);
    for (; at > 0 && p[i] > p[best[at - 1]]; --at) best[at] = best[at - 1];
    best[at] = static_cast<uint8_t>(i);
  }
  keep_only(p, best.data(), n);
}

/// Sixty-four steps of each power of two, rising with x > 0; all below 2^-16 are in step 0.
size_t step_of(double x) {
  constexpr int kMantissaBits = 52;
  constexpr int kStepBits = 6;
  constexpr int64_t kLowest = int64_t{1023 - 16} << kStepBits;
  int64_t bits = 0;
  std::memcpy(&bits, &x, sizeof bits);
  return static_cast<size_t>(std::max<int64_t>((bits >> (kMantissaBits - kStepBits)) - kLowest, 0));
}
constexpr size_t kSteps = 1088;  // up to 2, since a sum of rounded shares may pass 1

/// Zero all but the `count` largest; of equals the smaller byte stays. The numbers are counted by
/// their steps, so that only those of one step have to be compared.
void keep_largest(Weights& p, int count) {
  if (count <= kFew) return keep_few(p, count);
  if (count >= positive(p)) return;
  std::array<uint16_t, kSteps> counts{};
  std::array<uint16_t, 256> step;
  size_t edge = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    const size_t found = step_of(p[i]);
    step[i] = static_cast<uint16_t>(found);
    edge = std::max(edge, found);
    ++counts[found];
  }
  int above = 0;
  while (above + counts[edge] < count) above += counts[edge--];
  std::array<uint8_t, 256> order;
  int n = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    order[static_cast<size_t>(n)] = static_cast<uint8_t>(i);
    n += step[i] == edge ? 1 : 0;
  }
  const auto before = [&p](uint8_t a, uint8_t b) { return p[a] != p[b] ? p[a] > p[b] : a < b; };
  const int left = count - above;
  std::nth_element(order.begin(), order.begin() + left - 1, order.begin() + n, before);
  for (int i = left; i < n; ++i) p[order[static_cast<size_t>(i)]] = 0.0;
  for (size_t i = 0; i < p.size(); ++i) {
    uint64_t bits = 0;  // zeroed without a branch, which would go either way
    std::memcpy(&bits, &p[i], sizeof bits);
    bits &= uint64_t{0} - static_cast<uint64_t>(step[i] >= edge);
    std::memcpy(&p[i], &bits, sizeof bits);
  }
}

/// Number of the most probable bytes that reach `share` together.
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
void cut(Weights& p) {
  const auto top = std::max_element(p.begin(), p.end());
  const bool any = std::max(*top - 1.0 / 256.0, 0.0) > 0.0;
  for (double& x : p) x = std::max(x - 1.0 / 256.0, 0.0);
  if (!any) *top = 1.0;
}

bool within(double x, double low, double high) { return x >= low && x <= high; }

/// Walk the candidates in byte order to the first whose running sum passes u of the total.
uint8_t draw(const Weights& weights, double u) {
  double total = 0.0;
  for (const double x : weights) total += x;
  const double wanted = u * total;
  double sum = 0.0;
  for (size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i];
    if (sum > wanted) return static_cast<uint8_t>(i);
  }
  size_t last = weights.size() - 1;
  while (last > 0 && weights[last] == 0.0) --last;
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
  nll_ -= std::log(std::min(1.0, weights[byte] + (penalty_ ? 1.0 / 256.0 : 0.0)));
  return byte;
}

Weights Sampler::weigh(const float* logits, const uint8_t* next) const {
  Weights p;
  bool any = false;
  bool finite = true;
  for (size_t i = 0; i < p.size(); ++i) p[i] = static_cast<double>(logits[i]);
  for (size_t i = 0; i < p.size(); ++i) finite &= std::isfinite(logits[i]);
  if (penalty_) {
    Weights taken;
    penalty_->values(taken.data());
    for (size_t i = 0; i < p.size(); ++i) p[i] = (p[i] - taken[i]) * kSqrt2;
  }
  if (options_.temperature != 1.0) {
    for (double& x : p) x /= options_.temperature;
  }
  for (size_t i = 0; i < p.size(); ++i) {
    const bool allowed = next[i] != kForbidden;
    any |= allowed;
    p[i] = allowed ? p[i] : -std::numeric_limits<double>::infinity();
  }
  require(finite && any, XL_INTERNAL);
  softmax(p);
  if (penalty_) {
    cut(p);
  } else {
    keep_largest(p, count(p));
  }
  return p;
}

int Sampler::count(const Weights& p) const {
  const int possible = positive(p);
  switch (options_.method) {
    case XL_TOP_K:
      return std::min(options_.top_k, possible);
    case XL_TOP_P:
      return std::min(reach(p, options_.top_p), possible);
    case XL_MIN_P: {
      const double floor = options_.min_p * largest(p);
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
