/// Products of float32: the part of a `simd_*.h` that instruction sets without bfloat16 share, and
/// the meaning of each function.
///
/// An *element* is what products read: float32, or bfloat16 where the processor multiplies it. A
/// *word* is the four bytes that a product takes at a time from each row: one float32, or two
/// bfloat16 that stand one behind the other along the axis that is summed over. Besides these a
/// struct has the tile that a product keeps in registers, rows x panels of 16 outputs, X with
/// load_word: one word for all of 16 outputs, and dot: sum + w x.
#pragma once

#include <cstdint>

namespace xinglin::train {

template <class Lanes>
struct Float32Simd : Lanes {
  using typename Lanes::F;
  using W = F;
  using Element = float;

  /// Elements in a word.
  static constexpr int kPair = 1;

  static F load_elements(const Element* p) { return Lanes::load(p); }
  static void store_elements(Element* p, const F& f) { Lanes::store(p, f); }
  static F load_elements_part(const Element* p, int n) { return Lanes::load_part(p, n); }
  static void store_elements_part(Element* p, int n, const F& f) { Lanes::store_part(p, n, f); }

  /// A word of each of 16 outputs.
  static W load_words(const uint32_t* p) { return Lanes::load(reinterpret_cast<const float*>(p)); }
  /// Sixteen words: the elements of `kPair` rows, side by side.
  static void weave(const Element* row, int64_t /*stride*/, uint32_t* words) {
    Lanes::store(reinterpret_cast<float*>(words), Lanes::load(row));
  }
  /// The same of 32 columns, to two panels.
  static void weave_two(const Element* row, int64_t stride, uint32_t* words, int64_t panel) {
    weave(row, stride, words);
    weave(row + 16, stride, words + panel);
  }
};

}  // namespace xinglin::train
