/// The original's repetition penalty, kept up to date in O(n) a byte.
///
/// For every earlier place k of the whole history of n bytes let m be 1 plus the number of bytes on
/// which the text that ends just before k agrees with the text that ends at n, going back. Then
/// penalty[s[k]] += (exp(m / e) - 1) / (n - k).
/// Reference: inference/reference/sampler.py, MatchPenalty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xinglin {

class MatchPenalty {
 public:
  /// Append one byte to the history.
  void feed(uint8_t byte);

  /// penalty: (256,), what is taken off each logit.
  void values(double* penalty) const;

  const std::vector<uint8_t>& history() const { return history_; }
  /// By distance, less one: how long the text that ended there agrees with the text that ends now.
  const std::vector<uint8_t>& match() const { return match_; }
  /// exp(m / e) - 1 by m, (kLongest + 1,).
  static const double* growth();

  /// Matches count as no longer than this; exp(200 / e) is still a float32.
  static constexpr int kLongest = 200;

 private:
  std::vector<uint8_t> history_;
  // By distance n - k, less one: m grows or falls back in place as bytes come.
  std::vector<uint8_t> match_;
};

}  // namespace xinglin
