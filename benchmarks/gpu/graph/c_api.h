/// The C functions over a `Grid`, which the including file defines in xinglin::bench. Each returns
/// an xl_status. The model is a handle of the engine's own library, made from the same headers.
#pragma once

#include "api/handles.h"
#include "chain.h"

struct xg_chain {
  xinglin::bench::Chain<xinglin::bench::Grid> chain;
};

namespace xinglin::bench {

constexpr int kMostStreams = 1 << 16;
constexpr int kMostRoom = 1 << 24;

}  // namespace xinglin::bench

extern "C" {

/// sizes: width, heads, layers and context of the model; XL_INTERNAL when the handle says others:
/// then the library it is from was built from other headers.
XL_API int32_t xg_open(const xl_model* model, const int32_t* sizes, int32_t streams, int32_t room,
                       xg_chain** chain) {
  using namespace xinglin::bench;
  using xinglin::require;
  return xinglin::guarded([&] {
    require(model != nullptr && sizes != nullptr && chain != nullptr);
    require(streams >= 1 && streams <= kMostStreams && room >= 1 && room <= kMostRoom);
    const ModelView& view = model->model->view();
    const int32_t found[] = {view.width, view.heads, view.layers, view.context};
    require(std::equal(found, found + 4, sizes), XL_INTERNAL);
    *chain = new xg_chain{Chain<Grid>(*model->model, streams, room)};
  });
}

XL_API int32_t xg_begin(xg_chain* chain, const uint8_t* text, int32_t given) {
  return xinglin::guarded([&] { chain->chain.begin(text, given); });
}

XL_API int32_t xg_run(xg_chain* chain, int32_t count) {
  return xinglin::guarded([&] { chain->chain.run(count); });
}

XL_API int32_t xg_read(xg_chain* chain, float* logits, uint8_t* text) {
  return xinglin::guarded([&] { chain->chain.read(logits, text); });
}

XL_API void xg_close(xg_chain* chain) { delete chain; }

}  // extern "C"
