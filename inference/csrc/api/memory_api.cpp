#include "api/handles.h"
#include "coder/memory_build.h"

using xinglin::guarded;
using xinglin::require;

extern "C" {

int32_t xl_coder_remember(xl_coder* coder, const xl_memory* memory) {
  return guarded([&] {
    require(coder != nullptr && memory != nullptr);
    coder->coder.remember(memory->index);
  });
}

int32_t xl_memory_open(const uint8_t* data, size_t size, xl_memory** memory) {
  return guarded([&] {
    require(data != nullptr && memory != nullptr);
    *memory = new xl_memory{std::make_shared<const xinglin::coder::MemoryIndex>(data, size)};
  });
}

void xl_memory_release(xl_memory* memory) { delete memory; }

int32_t xl_memory_build(const uint32_t* text, size_t n, const uint32_t* codes, size_t symbols,
                        int32_t codec, xl_memory_file** file) {
  return guarded([&] {
    require(text != nullptr && codes != nullptr && file != nullptr && codec >= 1 && codec <= 4);
    *file = new xl_memory_file{xinglin::coder::build_memory(
        text, n, codes, symbols, static_cast<xinglin::coder::Codec>(codec))};
  });
}

int32_t xl_memory_file_size(const xl_memory_file* file, size_t* size) {
  return guarded([&] {
    require(file != nullptr && size != nullptr);
    *size = file->data.size();
  });
}

int32_t xl_memory_file_read(const xl_memory_file* file, size_t from, size_t n, uint8_t* data) {
  return guarded([&] {
    require(file != nullptr && (n == 0 || data != nullptr));
    require(from <= file->data.size() && n <= file->data.size() - from);
    std::copy_n(file->data.begin() + static_cast<std::ptrdiff_t>(from), n, data);
  });
}

void xl_memory_file_release(xl_memory_file* file) { delete file; }

}  // extern "C"
