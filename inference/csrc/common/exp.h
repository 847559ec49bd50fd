/// exp of numbers that are zero or less, as many as `S` has lanes, to about 2 units in the last
/// place.
#pragma once

#include "common/host_device.h"

namespace xinglin {

/// e^x for x in [-87, 0]. Source: Cephes expf: x = n ln 2 + r, e^r by a polynomial, times 2^n.
template <class S>
XL_HD inline typename S::F exp_within(const typename S::F& x) {
  using F = typename S::F;
  const typename S::I n = S::to_int(S::mul(x, S::set(1.44269504088896341F)));
  const F whole = S::to_float(n);
  // ln 2 in two parts, the first of few bits, so that n times it is exact.
  const F r = S::multiply_add(whole, S::set(2.12194440e-4F),
                              S::multiply_add(whole, S::set(-0.693359375F), x));
  F p = S::set(1.9875691500e-4F);
  p = S::multiply_add(p, r, S::set(1.3981999507e-3F));
  p = S::multiply_add(p, r, S::set(8.3334519073e-3F));
  p = S::multiply_add(p, r, S::set(4.1665795894e-2F));
  p = S::multiply_add(p, r, S::set(1.6666665459e-1F));
  p = S::multiply_add(p, r, S::set(5.0000001201e-1F));
  p = S::multiply_add(p, S::mul(r, r), S::add(r, S::set(1.0F)));
  return S::mul(p, S::power_of_two(n));
}

/// Below this `exp_or_zero` is 0: it could not move a sum that holds exp(0) = 1.
constexpr float kExpFloor = -80.0F;

template <class S>
XL_HD inline typename S::F exp_or_zero(const typename S::F& x) {
  const typename S::F floor = S::set(kExpFloor);
  return S::where_greater(x, floor, exp_within<S>(S::max(x, floor)));
}

/// Below -87, minus infinity too, 2^-126 and less, which is as good as 0 and takes one step less.
template <class S>
XL_HD inline typename S::F exp_or_tiny(const typename S::F& x) {
  return exp_within<S>(S::max(x, S::set(-87.0F)));
}

}  // namespace xinglin
