#include "api/handles.h"

using xinglin::guarded;
using xinglin::require;

extern "C" {

int32_t xl_coder_version(void) { return XL_CODER_VERSION; }

int32_t xl_coder_create(const xl_model* model, int32_t mixed, xl_coder** coder) {
  return guarded([&] {
    require(model != nullptr && coder != nullptr && (mixed == 0 || mixed == 1));
    *coder = new xl_coder{xinglin::coder::Coder(model->model, mixed == 1)};
  });
}

int32_t xl_coder_encode(xl_coder* coder, const uint8_t* data, size_t n) {
  return guarded([&] {
    require(coder != nullptr && (n == 0 || data != nullptr));
    coder->coder.encode(data, n);
  });
}

int32_t xl_coder_finish(xl_coder* coder) {
  return guarded([&] {
    require(coder != nullptr);
    coder->coder.finish();
  });
}

int32_t xl_coder_take(xl_coder* coder, size_t capacity, uint8_t* code, size_t* n) {
  return guarded([&] {
    require(coder != nullptr && n != nullptr && (capacity == 0 || code != nullptr));
    *n = coder->coder.take(code, capacity);
  });
}

int32_t xl_coder_load(xl_coder* coder, const uint8_t* code, size_t n) {
  return guarded([&] {
    require(coder != nullptr && (n == 0 || code != nullptr));
    coder->coder.load(code, n);
  });
}

int32_t xl_coder_decode(xl_coder* coder, size_t n, uint8_t* data) {
  return guarded([&] {
    require(coder != nullptr && (n == 0 || data != nullptr));
    coder->coder.decode(data, n);
  });
}

void xl_coder_release(xl_coder* coder) { delete coder; }

int32_t xl_op_frequencies(const float* logits, uint32_t* frequencies) {
  return guarded([&] {
    require(logits != nullptr && frequencies != nullptr);
    const xinglin::coder::Frequencies all =
        xinglin::coder::frequencies(logits, xinglin::coder::PowerTable());
    std::copy(all.begin(), all.end(), frequencies);
  });
}

}  // extern "C"
