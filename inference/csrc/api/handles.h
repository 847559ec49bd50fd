/// Contents of the C header's opaque handles, and the conversion of exceptions to statuses.
#pragma once

#include <memory>
#include <new>
#include <system_error>
#include <vector>

#include "api/backend.h"
#include "common/status.h"
#include "engine/engine.h"
#include "xinglin.h"

struct xl_model {
  std::shared_ptr<const xinglin::backend::Model> model;
};
struct xl_scorer {
  xinglin::backend::Scorer scorer;
};
#if !defined(XL_CUDA)
struct xl_coder {
  xinglin::coder::Coder coder;
};
struct xl_memory {
  std::shared_ptr<const xinglin::coder::MemoryIndex> index;
};
struct xl_memory_file {
  std::vector<uint8_t> data;
};
#endif
struct xl_engine {
  xinglin::Engine engine;
};
struct xl_sequence {
  std::shared_ptr<xinglin::Sequence> sequence;
};

namespace xinglin {

/// Run `body` and say as a status how it went.
template <class Body>
int32_t guarded(const Body& body) noexcept {
  try {
    body();
    return XL_OK;
  } catch (const Failure& failure) {
    return failure.status;
  } catch (const std::bad_alloc&) {
    return XL_NO_MEMORY;
  } catch (const std::system_error&) {
    return XL_THREAD;
  } catch (...) {
    return XL_INTERNAL;
  }
}

}  // namespace xinglin
