/// One aligned block of memory, handed out in order.
#pragma once

#include <cstddef>

namespace xinglin::cpu {

/// Page size of an arena, where the system has a choice.
enum class Pages {
  kHuge,   // for what is read whole, again and again: fewer look-ups of addresses
  kSmall,  // for what is filled little by little, and often not to the end
};

/// Filled in the order in which a forward pass reads, so that the pass walks memory forward.
class Arena {
 public:
  /// Throws std::bad_alloc.
  explicit Arena(size_t bytes, Pages pages = Pages::kHuge);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `count` zeroed objects, 64-byte aligned. Throws std::bad_alloc when the arena is too small.
  template <class T>
  T* take(size_t count) {
    return static_cast<T*>(take_bytes(count * sizeof(T)));
  }

  /// Bytes of the arena that `take` of that many bytes uses.
  static size_t padded(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

  static constexpr size_t kAlignment = 64;

 private:
  void* take_bytes(size_t bytes);

  void* memory_ = nullptr;
  size_t size_ = 0;
  size_t used_ = 0;
};

}  // namespace xinglin::cpu
