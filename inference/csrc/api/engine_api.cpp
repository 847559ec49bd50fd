#include "api/handles.h"

using xinglin::guarded;
using xinglin::require;

extern "C" {

int32_t xl_engine_open(const xl_model* model, const xl_engine_config* config, xl_engine** engine) {
  return guarded([&] {
    require(model != nullptr && config != nullptr && engine != nullptr);
    *engine = new xl_engine{{*config, [model](const xl_engine_config& share) {
                               return xinglin::backend::make_stepper(model->model, share);
                             }}};
  });
}

void xl_engine_close(xl_engine* engine) {
  if (engine != nullptr) (void)guarded([&] { engine->engine.close(); });
}

void xl_engine_forget(xl_engine* engine) {
  if (engine != nullptr) (void)guarded([&] { engine->engine.clear_prefix_cache(); });
}

void xl_engine_release(xl_engine* engine) { delete engine; }

int32_t xl_engine_stats_get(const xl_engine* engine, xl_engine_stats* stats) {
  return guarded([&] {
    require(engine != nullptr && stats != nullptr);
    *stats = engine->engine.stats();
  });
}

int32_t xl_engine_submit(xl_engine* engine, const xl_request* request, xl_sequence** sequence) {
  return guarded([&] {
    require(engine != nullptr && request != nullptr && sequence != nullptr);
    auto handle = std::make_unique<xl_sequence>();
    handle->sequence = engine->engine.submit(*request);
    *sequence = handle.release();
  });
}

int32_t xl_sequence_wait(xl_sequence* sequence, size_t have, double timeout_s,
                         xl_sequence_state* state) {
  return guarded([&] {
    require(sequence != nullptr && state != nullptr && timeout_s == timeout_s);
    require(sequence->sequence->wait(have, timeout_s, state), XL_TIMEOUT);
  });
}

int32_t xl_sequence_read(xl_sequence* sequence, size_t from, size_t n, uint8_t* data) {
  return guarded([&] {
    require(sequence != nullptr && (n == 0 || data != nullptr));
    sequence->sequence->read(from, n, data);
  });
}

void xl_sequence_cancel(xl_sequence* sequence) {
  if (sequence != nullptr) sequence->sequence->cancel();
}

void xl_sequence_discard(xl_sequence* sequence) {
  if (sequence != nullptr) sequence->sequence->discard();
}

void xl_sequence_release(xl_sequence* sequence) {
  xl_sequence_cancel(sequence);
  delete sequence;
}

}  // extern "C"
