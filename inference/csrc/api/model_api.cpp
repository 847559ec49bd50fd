#include "api/handles.h"

using xinglin::guarded;
using xinglin::require;

extern "C" {

int32_t xl_abi_version(void) { return XL_ABI_VERSION; }

const char* xl_status_text(int32_t status) {
  switch (status) {
    case XL_OK:
      return "fine";
    case XL_INVALID:
      return "an argument is out of range";
    case XL_NO_MEMORY:
      return "the system refused memory";
    case XL_UNSUPPORTED:
      return "this processor cannot run that instruction set, or it is unknown";
    case XL_CLOSED:
      return "the engine is closed";
    case XL_TIMEOUT:
      return "there was no news in that time";
    case XL_THREAD:
      return "a thread could not be started";
    case XL_BAD_WEIGHT:
      return "a weight is -128 or a float is not finite";
    case XL_BAD_AUTOMATON:
      return "the automaton leads outside its table or forbids every byte somewhere";
    case XL_NO_DRIVER:
      return "no NVIDIA driver is installed";
    case XL_OLD_DRIVER:
      return "the NVIDIA driver is older than this library needs";
    case XL_NO_DEVICE:
      return "there is no GPU that this process may use";
    case XL_WRONG_DEVICE:
      return "this library was not built for the GPU, or the model does not fit it";
    case XL_DEVICE_LOST:
      return "the GPU failed or went away";
    default:
      return "a defect of the library";
  }
}

const char* xl_isa_name(int32_t i) { return xinglin::backend::Model::isa_name(i); }

int32_t xl_model_create(const xl_model_source* source, const char* isa, xl_model** model) {
  return guarded([&] {
    require(source != nullptr && model != nullptr);
    *model = new xl_model{std::make_shared<const xinglin::backend::Model>(*source, isa)};
  });
}

void xl_model_release(xl_model* model) { delete model; }

const char* xl_model_isa(const xl_model* model) {
  return model == nullptr ? nullptr : model->model->isa();
}

int32_t xl_model_logits(const xl_model* model, const uint8_t* data, size_t n, int32_t chunk,
                        float* logits) {
  return guarded([&] {
    require(model != nullptr && chunk >= 1 && chunk <= 1024);
    require(n == 0 || (data != nullptr && logits != nullptr));
    xinglin::backend::Scorer(model->model, chunk).logits(data, n, logits);
  });
}

int32_t xl_scorer_create(const xl_model* model, xl_scorer** scorer) {
  return guarded([&] {
    require(model != nullptr && scorer != nullptr);
    *scorer = new xl_scorer{xinglin::backend::Scorer(model->model)};
  });
}

int32_t xl_scorer_feed(xl_scorer* scorer, const uint8_t* data, size_t n, float* log2_p) {
  return guarded([&] {
    require(scorer != nullptr && (n == 0 || (data != nullptr && log2_p != nullptr)));
    scorer->scorer.feed(data, n, log2_p);
  });
}

void xl_scorer_release(xl_scorer* scorer) { delete scorer; }

}  // extern "C"
