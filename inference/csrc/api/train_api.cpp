#include <new>
#include <stdexcept>
#include <system_error>

#include "train/clock.h"
#include "train/trainer.h"
#include "xinglin_train.h"

using xinglin::train::Memory;
using xinglin::train::thread_seconds;
using xinglin::train::Trainer;

struct xt_trainer {
  Trainer trainer;
};

namespace {

constexpr int kMostThreads = 256;

/// Run `body`, which returns a status, and turn what it throws into one.
template <class Body>
int32_t guarded(const Body& body) noexcept {
  try {
    return body();
  } catch (const std::invalid_argument&) {
    return XT_INVALID;
  } catch (const std::bad_alloc&) {
    return XT_NO_MEMORY;
  } catch (const std::system_error&) {
    return XT_THREAD;
  } catch (...) {
    return XT_INTERNAL;
  }
}

/// Multiply-adds a second of one shape of product.
double product_rate(const xinglin::train::Kernels& kernels, int rows, int depth, int columns,
                    double seconds) {
  using xinglin::kLanes;
  using xinglin::train::padded;
  const int64_t steps = padded(depth) / kernels.pair;
  const Memory<uint32_t> left(padded(rows) * steps);
  const Memory<uint32_t> right(padded(columns) * steps);
  const Memory<float> sums(static_cast<int64_t>(padded(rows)) * padded(columns));
  const double began = thread_seconds();
  double passed = 0.0;
  int64_t rounds = 0;
  while (passed < seconds) {
    kernels.multiply(xinglin::train::rows_left(left.get(), steps), {right.get(), steps * kLanes},
                     padded(rows), padded(columns) / kLanes, static_cast<int>(steps), sums.get(),
                     padded(columns), false);
    ++rounds;
    passed = thread_seconds() - began;
  }
  return static_cast<double>(rounds) * rows * depth * columns / passed;
}

}  // namespace

extern "C" {

int32_t xt_abi_version(void) { return XT_ABI_VERSION; }

const char* xt_status_text(int32_t status) {
  switch (status) {
    case XT_OK:
      return "fine";
    case XT_INVALID:
      return "an argument is out of range";
    case XT_NO_MEMORY:
      return "the system refused memory";
    case XT_UNSUPPORTED:
      return "this processor cannot run that instruction set, or it is unknown";
    case XT_THREAD:
      return "a thread could not be started";
    case XT_NOT_FINITE:
      return "the loss or a gradient is not a number; the weights are as before the step";
    default:
      return "a defect of the library";
  }
}

const char* xt_isa_name(int32_t i) {
  const auto* kernels = xinglin::train::usable_kernels(i);
  return kernels == nullptr ? nullptr : kernels->name;
}

int32_t xt_trainer_create(const xt_shape* shape, const char* isa, int32_t threads,
                          xt_trainer** trainer) {
  return guarded([&]() -> int32_t {
    if (!shape || !isa || !trainer || threads < 1 || threads > kMostThreads) return XT_INVALID;
    const auto* kernels = xinglin::train::find_kernels(isa);
    if (kernels == nullptr) return XT_UNSUPPORTED;
    *trainer = new xt_trainer{Trainer(*shape, *kernels, threads)};
    return XT_OK;
  });
}

void xt_trainer_release(xt_trainer* trainer) { delete trainer; }

const char* xt_trainer_isa(const xt_trainer* trainer) {
  return trainer == nullptr ? nullptr : trainer->trainer.kernels().name;
}

int32_t xt_trainer_tensor(const xt_trainer* trainer, int32_t i, xt_tensor* tensor) {
  return guarded([&]() -> int32_t {
    if (!trainer || !tensor || i < 0) return XT_INVALID;
    if (i >= static_cast<int32_t>(trainer->trainer.model().tensors().size())) return XT_INVALID;
    *tensor = trainer->trainer.tensor(i);
    return XT_OK;
  });
}

int32_t xt_trainer_steps(const xt_trainer* trainer, int64_t* steps) {
  if (!trainer || !steps) return XT_INVALID;
  *steps = trainer->trainer.steps();
  return XT_OK;
}

int32_t xt_trainer_set_steps(xt_trainer* trainer, int64_t steps) {
  if (!trainer || steps < 0) return XT_INVALID;
  trainer->trainer.set_steps(steps);
  return XT_OK;
}

int32_t xt_trainer_set_teacher(xt_trainer* trainer, const float* const* weights) {
  return guarded([&]() -> int32_t {
    if (!trainer || !weights) return XT_INVALID;
    trainer->trainer.set_teacher(weights);
    return XT_OK;
  });
}

int32_t xt_trainer_step(xt_trainer* trainer, const xt_batch* batch, const xt_rates* rates,
                        double* loss) {
  return guarded([&]() -> int32_t {
    if (!trainer || !batch || !rates || !loss) return XT_INVALID;
    return trainer->trainer.step(*batch, *rates, loss) ? XT_OK : XT_NOT_FINITE;
  });
}

int32_t xt_trainer_gradients(xt_trainer* trainer, const xt_batch* batch, double* loss,
                             float* const* gradients) {
  return guarded([&]() -> int32_t {
    if (!trainer || !batch || !loss || !gradients) return XT_INVALID;
    return trainer->trainer.gradients(*batch, loss, gradients) ? XT_OK : XT_NOT_FINITE;
  });
}

int32_t xt_trainer_losses(xt_trainer* trainer, const xt_batch* batch, float* losses) {
  return guarded([&]() -> int32_t {
    if (!trainer || !batch || !losses) return XT_INVALID;
    trainer->trainer.losses(*batch, losses);
    return XT_OK;
  });
}

int32_t xt_trainer_times(const xt_trainer* trainer, xt_times* times) {
  if (!trainer || !times) return XT_INVALID;
  *times = trainer->trainer.times();
  return XT_OK;
}

int32_t xt_product_rate(const char* isa, int32_t rows, int32_t depth, int32_t columns,
                        double seconds, double* rate) {
  return guarded([&]() -> int32_t {
    if (!isa || !rate || rows < 1 || depth < 1 || columns < 1) return XT_INVALID;
    const auto* kernels = xinglin::train::find_kernels(isa);
    if (kernels == nullptr) return XT_UNSUPPORTED;
    *rate = product_rate(*kernels, rows, depth, columns, seconds);
    return XT_OK;
  });
}

}  // extern "C"
