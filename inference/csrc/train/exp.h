/// exp of numbers that are zero or less.
#pragma once

#include "train/layout.h"

namespace xinglin::train {

/// About 2 units in the last place; below -87, minus infinity too, 2^-126 and less, as good as 0.
/// Source: Cephes expf: x = n ln 2 + r, e^r by a polynomial, times 2^n.
template <class S>
inline typename S::F exp_lanes(const typename S::F& x) {
  using F = typename S::F;
  const F safe = S::max(x, S::set(-87.0F));
  const F n = S::round(S::mul(safe, S::set(1.44269504088896341F)));
  const F r = S::fma(n, S::set(2.12194440e-4F), S::fma(n, S::set(-0.693359375F), safe));
  F p = S::set(1.9875691500e-4F);
  p = S::fma(p, r, S::set(1.3981999507e-3F));
  p = S::fma(p, r, S::set(8.3334519073e-3F));
  p = S::fma(p, r, S::set(4.1665795894e-2F));
  p = S::fma(p, r, S::set(1.6666665459e-1F));
  p = S::fma(p, r, S::set(5.0000001201e-1F));
  p = S::fma(p, S::mul(r, r), S::add(r, S::set(1.0F)));
  return S::mul(p, S::power_of_two(n));
}

}  // namespace xinglin::train
