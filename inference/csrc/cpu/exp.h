/// exp of numbers that are zero or less, as many as `S` has lanes, to about 2 units in the last
/// place.
#pragma once

#include "cpu/layout.h"

namespace xinglin::cpu {

/// Below this the result is 0: it could not move a sum that holds exp(0) = 1.
constexpr float kExpFloor = -80.0F;

/// Source: Cephes expf: x = n ln 2 + r, e^r by a polynomial, times 2^n.
template <class S>
XL_HD inline typename S::F exp_lanes(const typename S::F& x) {
  using F = typename S::F;
  const F floor = S::set(kExpFloor);
  const F safe = S::max(x, floor);
  const typename S::I n = S::to_int(S::mul(safe, S::set(1.44269504088896341F)));
  const F whole = S::to_float(n);
  // ln 2 in two parts, the first of few bits, so that n times it is exact.
  const F r = S::sub(S::sub(safe, S::mul(whole, S::set(0.693359375F))),
                     S::mul(whole, S::set(-2.12194440e-4F)));
  F p = S::set(1.9875691500e-4F);
  p = S::add(S::mul(p, r), S::set(1.3981999507e-3F));
  p = S::add(S::mul(p, r), S::set(8.3334519073e-3F));
  p = S::add(S::mul(p, r), S::set(4.1665795894e-2F));
  p = S::add(S::mul(p, r), S::set(1.6666665459e-1F));
  p = S::add(S::mul(p, r), S::set(5.0000001201e-1F));
  p = S::add(S::mul(p, S::mul(r, r)), S::add(r, S::set(1.0F)));
  return S::where_greater(x, floor, S::mul(p, S::power_of_two(n)));
}

}  // namespace xinglin::cpu
