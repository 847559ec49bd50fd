/// Draws the next byte. Reference: inference/reference/sampler.py, step by step the same, in
/// double.
#pragma once

#include <array>
#include <optional>

#include "engine/automaton.h"
#include "engine/penalty.h"
#include "engine/random.h"

namespace xinglin {

using Weights = std::array<double, 256>;

class Sampler {
 public:
  /// Throws Failure(XL_INVALID) when an option is out of its range.
  explicit Sampler(const xl_sampling& options);

  /// Feed the text: the prompt, then each byte drawn.
  void feed(const uint8_t* data, size_t n);

  /// Choose among the bytes that `next`, (256,), does not forbid; one number is drawn for each.
  /// Throws Failure(XL_INTERNAL) when a logit is not finite or no byte is allowed.
  uint8_t pick(const float* logits, const uint8_t* next);

  /// Probability with which each byte would be drawn; 0 for those that may not be drawn.
  Weights weigh(const float* logits, const uint8_t* next) const;

  /// Negative log-prob of the bytes picked so far, in nats, before the method left any out.
  double nll() const { return nll_; }

  // For a backend that draws by itself.

  const xl_sampling& options() const { return options_; }
  uint64_t generator() const { return generator_.state(); }
  /// Null unless the method looks back on the text.
  const MatchPenalty* penalty() const { return penalty_ ? &*penalty_ : nullptr; }
  void restore(uint64_t generator, double nll) {
    generator_ = SplitMix64(generator);
    nll_ = nll;
  }

  void skip(uint64_t draws) { generator_.skip(draws); }

 private:
  int count(const Weights& p) const;

  xl_sampling options_;
  SplitMix64 generator_;
  std::optional<MatchPenalty> penalty_;
  double nll_ = 0.0;
};

}  // namespace xinglin
