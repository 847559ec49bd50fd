/// Compression is the processor's: this library answers that it has none.
#include "xinglin.h"

extern "C" {

int32_t xl_coder_version(void) { return XL_CODER_VERSION; }
int32_t xl_coder_create(const xl_model*, int32_t, xl_coder**) { return XL_UNSUPPORTED; }
int32_t xl_coder_remember(xl_coder*, const xl_memory*) { return XL_UNSUPPORTED; }
int32_t xl_coder_encode(xl_coder*, const uint8_t*, size_t) { return XL_UNSUPPORTED; }
int32_t xl_coder_finish(xl_coder*) { return XL_UNSUPPORTED; }
int32_t xl_coder_take(xl_coder*, size_t, uint8_t*, size_t*) { return XL_UNSUPPORTED; }
int32_t xl_coder_load(xl_coder*, const uint8_t*, size_t) { return XL_UNSUPPORTED; }
int32_t xl_coder_decode(xl_coder*, size_t, uint8_t*) { return XL_UNSUPPORTED; }
void xl_coder_release(xl_coder*) {}
int32_t xl_memory_open(const uint8_t*, size_t, xl_memory**) { return XL_UNSUPPORTED; }
void xl_memory_release(xl_memory*) {}
int32_t xl_memory_build(const uint32_t*, size_t, const uint32_t*, size_t, int32_t,
                        xl_memory_file**) {
  return XL_UNSUPPORTED;
}
int32_t xl_memory_file_size(const xl_memory_file*, size_t*) { return XL_UNSUPPORTED; }
int32_t xl_memory_file_read(const xl_memory_file*, size_t, size_t, uint8_t*) {
  return XL_UNSUPPORTED;
}
void xl_memory_file_release(xl_memory_file*) {}
int32_t xl_op_frequencies(const float*, uint32_t*) { return XL_UNSUPPORTED; }

}  // extern "C"
