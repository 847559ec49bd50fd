#include "cpu/model/arena.h"

#include <sys/mman.h>

#include <new>

namespace xinglin::cpu {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kSmallPage = size_t{4} << 10;

size_t round_up_to(size_t bytes, size_t step) { return (bytes + step - 1) / step * step; }

char* map(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<char*>(memory);
}

/// Memory that begins and ends on a huge page.
char* map_huge(size_t bytes) {
  char* begin = map(bytes + kHugePage);
  // Keep the part that begins on a huge page, give the ends back.
  const size_t past = reinterpret_cast<size_t>(begin) % kHugePage;
  const size_t skip = past == 0 ? 0 : kHugePage - past;
  if (skip > 0) munmap(begin, skip);
  if (skip < kHugePage) munmap(begin + skip + bytes, kHugePage - skip);
  return begin + skip;
}

}  // namespace

Arena::Arena(size_t bytes, Pages pages)
    : size_(round_up_to(bytes, pages == Pages::kHuge ? kHugePage : kSmallPage)) {
  memory_ = pages == Pages::kHuge ? map_huge(size_) : map(size_);
#if defined(MADV_HUGEPAGE)
  // Only a wish: without it everything works.
  (void)madvise(memory_, size_, pages == Pages::kHuge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
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
