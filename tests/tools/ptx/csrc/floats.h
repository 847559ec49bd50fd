/// What PTX's float instructions compute, without .ftz: subnormal numbers stay what they are.
/// Compile without contraction and without -ffast-math.
/// Source: PTX ISA, "Floating Point Instructions" and "cvt".
#pragma once

#include <cfenv>
#include <cmath>

#include "integers.h"

namespace xinglin::ptx {

/// .rn, .rz, .rm, .rp: to nearest even, to zero, down, up.
enum class Round { kNearest, kZero, kDown, kUp };

/// In single precision every NaN that is computed is the same one.
PTX_INLINE float canonical(float a) { return a != a ? bits<float>(0x7FFFFFFFU) : a; }
PTX_INLINE double canonical(double a) { return a; }

/// operation(a, b, c) in a rounding mode of the processor. Values are volatile, so that nothing of
/// this happens before or after the mode is set.
template <class F, class Operation>
[[gnu::noinline]] F rounded(Round round, F a, F b, F c, const Operation& operation) {
  volatile F x = a, y = b, z = c;
  std::fesetround(round == Round::kZero   ? FE_TOWARDZERO
                  : round == Round::kDown ? FE_DOWNWARD
                  : round == Round::kUp   ? FE_UPWARD
                                          : FE_TONEAREST);
  volatile F result = operation(F{x}, F{y}, F{z});
  std::fesetround(FE_TONEAREST);
  return result;
}

#define PTX_ROUNDED(name, expression)                                                         \
  template <class F>                                                                          \
  PTX_INLINE F name##_now([[maybe_unused]] F a, [[maybe_unused]] F b, [[maybe_unused]] F c) { \
    return expression;                                                                        \
  }                                                                                           \
  template <Round round, class F>                                                             \
  PTX_INLINE F name(F a, F b = 0, F c = 0) {                                                  \
    if constexpr (round == Round::kNearest) return canonical(name##_now<F>(a, b, c));         \
    return canonical(rounded<F>(round, a, b, c, name##_now<F>));                              \
  }
PTX_ROUNDED(add_f, a + b)
PTX_ROUNDED(sub_f, a - b)
PTX_ROUNDED(mul_f, a* b)
PTX_ROUNDED(div_f, a / b)
PTX_ROUNDED(fma_f, std::fma(a, b, c))
PTX_ROUNDED(sqrt_f, std::sqrt(a))
PTX_ROUNDED(rcp_f, F{1} / a)
#undef PTX_ROUNDED

/// Some twenty bits of 1 / a: the low words of both are zero, and subnormal numbers too. A device's
/// last bits may be others; it is what a division begins with that corrects it.
inline double rcp_approx_ftz(double a) {
  constexpr uint64_t kHigh = 0xFFFFFFFF00000000U;
  const auto flushed = [](double x) { return std::fpclassify(x) == FP_SUBNORMAL ? x * 0 : x; };
  const double x = flushed(bits<double>(bits<uint64_t>(a) & kHigh));
  if (x != x) return x;
  return flushed(bits<double>(bits<uint64_t>(1 / x) & kHigh));
}

template <class F>
PTX_INLINE F neg_f(F a) {
  return -a;
}
template <class F>
PTX_INLINE F abs_f(F a) {
  return std::fabs(a);
}
/// A NaN gives way to the other value, and -0 is less than 0.
template <class F>
PTX_INLINE F min_f(F a, F b) {
  if (a != a) return canonical(b);
  if (b != b) return a;
  return a < b || (a == b && std::signbit(a)) ? a : b;
}
template <class F>
PTX_INLINE F max_f(F a, F b) {
  if (a != a) return canonical(b);
  if (b != b) return a;
  return a > b || (a == b && std::signbit(b)) ? a : b;
}

/// To an integer in the same type.
template <Round round, class F>
PTX_INLINE F round_f(F a) {
  switch (round) {
    case Round::kZero:
      return canonical(std::trunc(a));
    case Round::kDown:
      return canonical(std::floor(a));
    case Round::kUp:
      return canonical(std::ceil(a));
    case Round::kNearest:
      return canonical(std::nearbyint(a));
  }
}

/// To the nearest integer that the type has. NaN is 0 where neither type has 64 bits, else the
/// highest bit alone.
template <class To, Round round, class F>
PTX_INLINE To to_int(F a) {
  if (a != a) {
    if (sizeof(F) < 8 && sizeof(To) < 8) return 0;
    return static_cast<To>(std::make_unsigned_t<To>{1} << (8 * sizeof(To) - 1));
  }
  const F whole = round_f<round>(a);
  // The largest integer plus one is a power of two, which both floats have.
  const F end = std::ldexp(F{1}, std::numeric_limits<To>::digits);
  if (whole >= end) return std::numeric_limits<To>::max();
  if (whole <= (std::is_signed_v<To> ? -end : F{0})) return std::numeric_limits<To>::min();
  return static_cast<To>(whole);
}

/// What lies on the side that `round` asks for, of `near`, which `exact` was rounded to.
template <Round round, class F, class Exact>
PTX_INLINE F corrected(F near, Exact difference) {
  constexpr F kInfinity = std::numeric_limits<F>::infinity();
  const bool down = round == Round::kDown || (round == Round::kZero && near > 0);
  const bool up = round == Round::kUp || (round == Round::kZero && near < 0);
  if (down && difference > 0) return std::nextafter(near, -kInfinity);
  if (up && difference < 0) return std::nextafter(near, kInfinity);
  return near;
}

template <class F, Round round, class From>
PTX_INLINE F from_int(From a) {
  const F near = static_cast<F>(a);
  if constexpr (round == Round::kNearest) return near;
  return corrected<round>(near, static_cast<__int128>(near) - static_cast<__int128>(a));
}

template <Round round>
PTX_INLINE float narrow(double a) {
  const float near = canonical(static_cast<float>(a));
  if constexpr (round == Round::kNearest) return near;
  if (!std::isfinite(a)) return near;
  // Both signs of zero are where an underflow ends; the sign of `a` says which way it went.
  if (near == 0 && a != 0) {
    const float least = std::numeric_limits<float>::denorm_min();
    if (round == Round::kUp && a > 0) return least;
    return round == Round::kDown && a < 0 ? -least : near;
  }
  return corrected<round>(near, static_cast<double>(near) - a);
}
PTX_INLINE double widen(float a) { return static_cast<double>(a); }

/// .sat of floats: into 0 to 1, NaN to 0.
template <class F>
PTX_INLINE F sat(F a) {
  return a > 0 ? (a < 1 ? a : F{1}) : F{0};
}

// Comparisons: those that end in u hold when either is NaN.
template <class T>
PTX_INLINE bool unordered(T a, T b) {
  return a != a || b != b;
}

}  // namespace xinglin::ptx
