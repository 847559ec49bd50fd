/// The kernels that this processor can run, best first.
#pragma once

#include <cstring>

namespace xinglin {

template <class Kernels>
class KernelList {
 public:
  void add(const Kernels& kernels) { kernels_[count_++] = &kernels; }
  /// The i-th, or null past the end.
  const Kernels* at(int i) const { return i >= 0 && i < count_ ? kernels_[i] : nullptr; }
  /// The kernels of that name ("auto": the best), or null.
  const Kernels* find(const char* name) const {
    for (int i = 0; i < count_; ++i) {
      if (std::strcmp(name, "auto") == 0 || std::strcmp(name, kernels_[i]->name) == 0) {
        return kernels_[i];
      }
    }
    return nullptr;
  }

 private:
  const Kernels* kernels_[5] = {};
  int count_ = 0;
};

}  // namespace xinglin
