/// The order of all suffixes of a text over whole numbers, in linear time.
///
/// Source: Nong, Zhang, Chan 2009, "Linear suffix array construction by almost pure
/// induced-sorting".
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace xinglin::coder {

/// Sorts suffixes by induction from those that begin a valley ("LMS": each is smaller than the one
/// before it, which is larger than its successor).
class SuffixSorter {
 public:
  /// text: (n,) numbers in [0, letters); order: (n,) gets where each suffix begins, the smallest
  /// first; of two, one being the beginning of the other, the shorter is first. About 15 n bytes
  /// beyond the two.
  static void sort(const int32_t* text, int32_t n, int32_t letters, int32_t* order) {
    if (n == 0) return;
    SuffixSorter(text, n, letters, order).run();
  }

 private:
  SuffixSorter(const int32_t* text, int32_t n, int32_t letters, int32_t* order)
      : text_(text),
        n_(n),
        order_(order),
        rising_(index(n)),
        begin_(index(letters) + 1),
        middle_(index(letters)) {
    for (int32_t i = n - 2; i >= 0; --i) {
      rising_[index(i)] = text[i] == text[i + 1] ? rising_[index(i + 1)] : text[i] < text[i + 1];
    }
    for (int32_t i = 0; i < n; ++i) {
      ++begin_[index(text[i]) + 1];
      if (!rising_[index(i)]) ++middle_[index(text[i])];
    }
    for (size_t c = 0; c < middle_.size(); ++c) {
      begin_[c + 1] += begin_[c];
      middle_[c] += begin_[c];
    }
  }

  static size_t index(int32_t i) { return static_cast<size_t>(i); }
  bool valley(int32_t i) const { return i > 0 && rising_[index(i)] && !rising_[index(i - 1)]; }

  void run() {
    std::vector<int32_t> valleys;
    for (int32_t i = 1; i < n_; ++i) {
      if (valley(i)) valleys.push_back(i);
    }
    induce(valleys);
    if (valleys.empty()) return;
    std::vector<int32_t> sorted;
    sorted.reserve(valleys.size());
    for (int32_t i = 0; i < n_; ++i) {
      if (valley(order_[i])) sorted.push_back(order_[i]);
    }
    sort_valleys(valleys, sorted);
    induce(sorted);
  }

  /// Put the given valleys at the ends of their letters, and all others after what they follow.
  void induce(const std::vector<int32_t>& valleys) {
    std::fill(order_, order_ + n_, -1);
    std::vector<int32_t> place = middle_;
    for (const int32_t i : valleys) order_[place[index(text_[i])]++] = i;
    place = begin_;
    order_[place[index(text_[n_ - 1])]++] = n_ - 1;
    for (int32_t k = 0; k < n_; ++k) {
      const int32_t i = order_[k] - 1;
      if (i >= 0 && !rising_[index(i)]) order_[place[index(text_[i])]++] = i;
    }
    place = begin_;
    for (int32_t k = n_ - 1; k >= 0; --k) {
      const int32_t i = order_[k] - 1;
      if (i >= 0 && rising_[index(i)]) order_[--place[index(text_[i]) + 1]] = i;
    }
  }

  /// Sort the valleys as suffixes; they come sorted up to the next valley.
  void sort_valleys(const std::vector<int32_t>& valleys, std::vector<int32_t>& sorted) {
    const int32_t count = static_cast<int32_t>(valleys.size());
    std::vector<int32_t> names(valleys.size());
    const int32_t kinds = name_valleys(valleys, sorted, names);
    std::vector<int32_t> rank(valleys.size());
    if (kinds == count) {
      for (int32_t i = 0; i < count; ++i) rank[index(names[index(i)])] = i;
    } else {
      sort(names.data(), count, kinds, rank.data());
    }
    for (size_t i = 0; i < sorted.size(); ++i) sorted[i] = valleys[index(rank[i])];
  }

  /// Number the pieces from valley to valley in their order; returns how many differ.
  int32_t name_valleys(const std::vector<int32_t>& valleys, const std::vector<int32_t>& sorted,
                       std::vector<int32_t>& names) const {
    std::vector<int32_t> number(index(n_ / 2) + 1);  // two valleys are at least 2 apart
    for (size_t i = 0; i < valleys.size(); ++i)
      number[index(valleys[i] / 2)] = static_cast<int32_t>(i);
    int32_t name = 0;
    for (size_t i = 0; i < sorted.size(); ++i) {
      const size_t here = index(number[index(sorted[i] / 2)]);
      if (i > 0 && !same(valleys, index(number[index(sorted[i - 1] / 2)]), here)) ++name;
      names[here] = name;
    }
    return name + 1;
  }

  bool same(const std::vector<int32_t>& valleys, size_t a, size_t b) const {
    const auto end = [&](size_t i) { return i + 1 < valleys.size() ? valleys[i + 1] : n_; };
    const int32_t length = end(a) - valleys[a];
    if (length != end(b) - valleys[b] || end(a) == n_ || end(b) == n_) return false;
    return std::equal(text_ + valleys[a], text_ + end(a) + 1, text_ + valleys[b]);
  }

  const int32_t* text_;
  int32_t n_;
  int32_t* order_;
  std::vector<bool> rising_;     // whether a suffix is smaller than the next one
  std::vector<int32_t> begin_;   // (letters + 1,) where the suffixes of a letter begin
  std::vector<int32_t> middle_;  // (letters,) where its rising ones do
};

}  // namespace xinglin::coder
