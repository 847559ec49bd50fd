/// Zeroed memory that begins at a multiple of 64 bytes.
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "train/layout.h"

namespace xinglin::train {

struct FreeMemory {
  void operator()(void* p) const { std::free(p); }
};

template <class T>
class Memory {
 public:
  Memory() = default;
  /// Throws std::bad_alloc.
  explicit Memory(int64_t count) : size_(count) {
    // A little more: whole registers may be read behind the last number.
    const size_t bytes = (static_cast<size_t>(count) * sizeof(T) + 191) / 64 * 64;
    memory_.reset(static_cast<T*>(std::aligned_alloc(64, bytes)));
    if (!memory_) throw std::bad_alloc();
    std::memset(static_cast<void*>(memory_.get()), 0, bytes);
  }
  T* get() const { return memory_.get(); }
  int64_t size() const { return size_; }
  void clear() {
    std::memset(static_cast<void*>(get()), 0, static_cast<size_t>(size_) * sizeof(T));
  }

 private:
  int64_t size_ = 0;
  std::unique_ptr<T, FreeMemory> memory_;
};

}  // namespace xinglin::train
