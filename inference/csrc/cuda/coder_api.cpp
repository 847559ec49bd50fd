/// Compression is the processor's: this library answers that it has none.
#include "xinglin.h"

extern "C" {

int32_t xl_coder_version(void) { return XL_CODER_VERSION; }
int32_t xl_coder_create(const xl_model*, int32_t, xl_coder**) { return XL_UNSUPPORTED; }
int32_t xl_coder_encode(xl_coder*, const uint8_t*, size_t) { return XL_UNSUPPORTED; }
int32_t xl_coder_finish(xl_coder*) { return XL_UNSUPPORTED; }
int32_t xl_coder_take(xl_coder*, size_t, uint8_t*, size_t*) { return XL_UNSUPPORTED; }
int32_t xl_coder_load(xl_coder*, const uint8_t*, size_t) { return XL_UNSUPPORTED; }
int32_t xl_coder_decode(xl_coder*, size_t, uint8_t*) { return XL_UNSUPPORTED; }
void xl_coder_release(xl_coder*) {}
int32_t xl_op_frequencies(const float*, uint32_t*) { return XL_UNSUPPORTED; }

}  // extern "C"
