// What one core of this processor can do: int8 products a second out of registers, and bytes read a
// second out of buffers that stay in each of its caches. No kernel of Xinglin is in here.
//
//   ceiling avx2|avxvnni|avx512vnni|portable BYTES ...
//
// Prints JSON. Times are the thread's own processor time; each figure is the best of some short
// windows, which is what a ceiling is.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

constexpr int kWindows = 40;

double seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Best rate of `work` a second; each call of it is worth `amount`.
template <class Work>
double best_rate(double amount, Work work) {
  work();
  double best = 0.0;
  for (int window = 0; window < kWindows; ++window) {
    const double begun = seconds();
    int calls = 0;
    double elapsed = 0.0;
    while (elapsed < 0.002) {
      work();
      ++calls;
      elapsed = seconds() - begun;
    }
    const double rate = amount * calls / elapsed;
    best = rate > best ? rate : best;
  }
  return best;
}

#if defined(__x86_64__)

constexpr int kSteps = 20000;

/// Two products of int8 pairs and their sums: what AVX2 has for int8.
__attribute__((target("avx2"))) void products_avx2() {
  __m256i sum[8];
  for (auto& s : sum) s = _mm256_setzero_si256();
  __m256i x = _mm256_set1_epi8(3), w = _mm256_set1_epi8(-5);
  const __m256i one = _mm256_set1_epi16(1);
  for (int i = 0; i < kSteps; ++i) {
    for (auto& s : sum) {
      __asm__ volatile("" : "+x"(x), "+x"(w));  // or one product would do for all
      const __m256i words = _mm256_maddubs_epi16(x, w);
      s = _mm256_add_epi32(s, _mm256_madd_epi16(words, one));
    }
  }
  for (auto& s : sum) __asm__ volatile("" : : "x"(s));
}

#if defined(__AVXVNNI__)
void products_avxvnni() {
  __m256i sum[12];
  for (auto& s : sum) s = _mm256_setzero_si256();
  const __m256i x = _mm256_set1_epi8(3), w = _mm256_set1_epi8(-5);
  for (int i = 0; i < kSteps; ++i) {
    for (auto& s : sum) __asm__ volatile("%{vex%} vpdpbusd %2, %1, %0" : "+x"(s) : "x"(x), "x"(w));
  }
}
#endif

__attribute__((target("avx512f,avx512vnni"))) void products_avx512vnni() {
  __m512i sum[12];
  for (auto& s : sum) s = _mm512_setzero_si512();
  const __m512i x = _mm512_set1_epi8(3), w = _mm512_set1_epi8(-5);
  for (int i = 0; i < kSteps; ++i) {
    for (auto& s : sum) __asm__ volatile("vpdpbusd %2, %1, %0" : "+v"(s) : "v"(x), "v"(w));
  }
}

__attribute__((target("avx2"))) void read_all(const std::vector<char>& buffer) {
  const char* p = buffer.data();
  const char* end = p + buffer.size() / 256 * 256;
  __m256i any[8];
  for (auto& a : any) a = _mm256_setzero_si256();
  for (; p != end; p += 256) {
    for (int i = 0; i < 8; ++i) {
      any[i] =
          _mm256_or_si256(any[i], _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32 * i)));
    }
  }
  for (auto& a : any) __asm__ volatile("" : : "x"(a));
}

#else

void read_all(const std::vector<char>& buffer) {
  uint64_t any = 0;
  for (size_t i = 0; i + 8 <= buffer.size(); i += 8) {
    uint64_t eight;
    std::memcpy(&eight, buffer.data() + i, 8);
    any |= eight;
  }
  __asm__ volatile("" : : "r"(any));
}

#endif

double products(const char* isa) {
#if defined(__x86_64__)
  if (std::strcmp(isa, "avx2") == 0) return best_rate(8.0 * 32 * kSteps, products_avx2);
#if defined(__AVXVNNI__)
  if (std::strcmp(isa, "avxvnni") == 0) return best_rate(12.0 * 32 * kSteps, products_avxvnni);
#endif
  if (std::strcmp(isa, "avx512vnni") == 0)
    return best_rate(12.0 * 64 * kSteps, products_avx512vnni);
#endif
  (void)isa;
  return 0.0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::printf("{\"products\": %.0f, \"reads\": {", products(argv[1]));
  for (int i = 2; i < argc; ++i) {
    const std::vector<char> buffer(std::strtoull(argv[i], nullptr, 10), 1);
    const int times = 1 + (1 << 20) / static_cast<int>(buffer.size());
    const double rate = best_rate(static_cast<double>(buffer.size()) * times, [&] {
      for (int time = 0; time < times; ++time) read_all(buffer);
    });
    std::printf("%s\"%s\": %.0f", i == 2 ? "" : ", ", argv[i], rate);
  }
  std::printf("}}\n");
}
