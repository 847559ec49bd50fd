/// What PTX's integer instructions compute. Names are those of the instructions.
/// Source: PTX ISA, "Integer Arithmetic Instructions" and "Logic and Shift Instructions".
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace xinglin::ptx {

#define PTX_INLINE [[gnu::always_inline]] inline

/// The same bits as another type of the same width.
template <class To, class From>
PTX_INLINE To bits(From from) {
  static_assert(sizeof(To) == sizeof(From));
  return __builtin_bit_cast(To, from);
}

template <size_t>
struct WideOf;
template <>
struct WideOf<2> {
  using Signed = int32_t;
};
template <>
struct WideOf<4> {
  using Signed = int64_t;
};
template <>
struct WideOf<8> {
  using Signed = __int128;
};
/// The integer of twice the width.
template <class T>
using Wide =
    std::conditional_t<std::is_signed_v<T>, typename WideOf<sizeof(T)>::Signed,
                       std::conditional_t<sizeof(T) == 8, unsigned __int128,
                                          std::conditional_t<sizeof(T) == 4, uint64_t, uint32_t>>>;

// Signed sums wrap: they are computed in 64 bits without a sign.
template <class T>
PTX_INLINE T add(T a, T b) {
  return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
template <class T>
PTX_INLINE T sub(T a, T b) {
  return static_cast<T>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
template <class T>
PTX_INLINE T mul_lo(T a, T b) {
  return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}
template <class T>
PTX_INLINE Wide<T> mul_wide(T a, T b) {
  return Wide<T>{a} * Wide<T>{b};
}
template <class T>
PTX_INLINE T mul_hi(T a, T b) {
  return static_cast<T>(mul_wide(a, b) >> (8 * sizeof(T)));
}
template <class T>
PTX_INLINE T mad_lo(T a, T b, T c) {
  return add(mul_lo(a, b), c);
}
template <class T>
PTX_INLINE Wide<T> mad_wide(T a, T b, Wide<T> c) {
  return add(mul_wide(a, b), c);
}
template <class T>
PTX_INLINE T neg(T a) {
  return sub(T{0}, a);
}
template <class T>
PTX_INLINE T abs(T a) {
  return a < 0 ? neg(a) : a;
}
template <class T>
PTX_INLINE T min(T a, T b) {
  return b < a ? b : a;
}
template <class T>
PTX_INLINE T max(T a, T b) {
  return a < b ? b : a;
}

template <class T>
PTX_INLINE T and_(T a, T b) {
  return static_cast<T>(a & b);
}
template <class T>
PTX_INLINE T or_(T a, T b) {
  return static_cast<T>(a | b);
}
template <class T>
PTX_INLINE T xor_(T a, T b) {
  return static_cast<T>(a ^ b);
}
template <class T>
PTX_INLINE T not_(T a) {
  if constexpr (std::is_same_v<T, bool>) return !a;
  return static_cast<T>(~a);
}

// Shifts by more than the width are shifts by the width.
template <class T>
PTX_INLINE T shl(T a, uint32_t by) {
  return by >= 8 * sizeof(T) ? T{0} : static_cast<T>(static_cast<uint64_t>(a) << by);
}
template <class T>
PTX_INLINE T shr(T a, uint32_t by) {
  if (by >= 8 * sizeof(T)) return a < 0 ? static_cast<T>(-1) : T{0};
  return static_cast<T>(a >> by);
}
PTX_INLINE uint32_t shf_l_wrap(uint32_t low, uint32_t high, uint32_t by) {
  return static_cast<uint32_t>(((uint64_t{high} << 32 | low) << (by % 32)) >> 32);
}
PTX_INLINE uint32_t shf_r_wrap(uint32_t low, uint32_t high, uint32_t by) {
  return static_cast<uint32_t>((uint64_t{high} << 32 | low) >> (by % 32));
}

PTX_INLINE uint32_t popc(uint32_t a) { return static_cast<uint32_t>(__builtin_popcount(a)); }
PTX_INLINE uint32_t popc(uint64_t a) { return static_cast<uint32_t>(__builtin_popcountll(a)); }
template <class T>
PTX_INLINE uint32_t clz(T a) {
  constexpr int kWidth = 8 * sizeof(T);
  return static_cast<uint32_t>(a == 0 ? kWidth : __builtin_clzll(a) - (64 - kWidth));
}
inline uint32_t brev(uint32_t a) {
  uint32_t b = 0;
  for (int i = 0; i < 32; ++i) b |= (a >> i & 1) << (31 - i);
  return b;
}
/// Where the first bit is that is not the sign, counted from the lowest; all ones without one.
template <class T>
PTX_INLINE uint32_t bfind(T a) {
  using U = std::make_unsigned_t<T>;
  const U b = static_cast<U>(a < 0 ? ~a : a);
  return b == 0 ? 0xFFFFFFFFU : static_cast<uint32_t>(8 * sizeof(T)) - 1 - clz(b);
}
/// The same counted from the highest: how far it is from there.
template <class T>
PTX_INLINE uint32_t bfind_shiftamt(T a) {
  const uint32_t at = bfind(a);
  return at == 0xFFFFFFFFU ? at : static_cast<uint32_t>(8 * sizeof(T)) - 1 - at;
}
inline uint32_t prmt(uint32_t a, uint32_t b, uint32_t choice) {
  const uint64_t all = uint64_t{b} << 32 | a;
  uint32_t d = 0;
  for (int i = 0; i < 4; ++i) {
    const uint32_t pick = choice >> (4 * i) & 15;
    uint32_t byte = static_cast<uint32_t>(all >> (8 * (pick & 7))) & 255;
    if ((pick & 8) != 0) byte = (byte & 128) != 0 ? 255 : 0;
    d |= byte << (8 * i);
  }
  return d;
}
PTX_INLINE uint32_t lop3(uint32_t a, uint32_t b, uint32_t c, uint32_t table) {
  uint32_t d = 0;
  for (uint32_t i = 0; i < 8; ++i) {
    if ((table >> i & 1) == 0) continue;
    d |= ((i & 4) != 0 ? a : ~a) & ((i & 2) != 0 ? b : ~b) & ((i & 1) != 0 ? c : ~c);
  }
  return d;
}

/// c + the products of four bytes with four bytes, each with or without a sign; it wraps.
template <class A, class B>
PTX_INLINE uint32_t dp4a(uint32_t a, uint32_t b, uint32_t c) {
  for (int i = 0; i < 4; ++i) {
    const int32_t x = static_cast<A>(static_cast<uint8_t>(a >> (8 * i)));
    const int32_t y = static_cast<B>(static_cast<uint8_t>(b >> (8 * i)));
    c += static_cast<uint32_t>(x * y);
  }
  return c;
}

/// To another integer by its low bits, or its sign or zeroes before it.
template <class To, class From>
PTX_INLINE To convert(From a) {
  return static_cast<To>(a);
}
/// To the nearest that there is.
template <class To, class From>
PTX_INLINE To saturate(From a) {
  const __int128 least = std::numeric_limits<To>::min();
  const __int128 most = std::numeric_limits<To>::max();
  const __int128 wide = a;
  return static_cast<To>(wide < least ? least : wide > most ? most : wide);
}

}  // namespace xinglin::ptx
