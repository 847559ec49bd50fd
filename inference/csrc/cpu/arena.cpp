#include "cpu/arena.h"

#include <sys/mman.h>

#include <new>

namespace xinglin::cpu {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

Arena::Arena(size_t bytes) : size_((bytes + kHugePage - 1) / kHugePage * kHugePage) {
  void* memory =
      mmap(nullptr, size_ + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Keep the part that begins on a huge page, give the ends back.
  char* begin = static_cast<char*>(memory);
  const size_t past = reinterpret_cast<size_t>(begin) % kHugePage;
  const size_t skip = past == 0 ? 0 : kHugePage - past;
  if (skip > 0) munmap(begin, skip);
  if (skip < kHugePage) munmap(begin + skip + size_, kHugePage - skip);
  memory_ = begin + skip;
#if defined(MADV_HUGEPAGE)
  (void)madvise(memory_, size_, MADV_HUGEPAGE);  // only a wish: without it everything works
#endif
}

Arena::~Arena() { munmap(memory_, size_); }

void* Arena::take_bytes(size_t bytes) {
  const size_t size = padded(bytes);
  if (size > size_ - used_) throw std::bad_alloc();
  void* taken = static_cast<char*>(memory_) + used_;
  used_ += size;
  return taken;
}

}  // namespace xinglin::cpu
