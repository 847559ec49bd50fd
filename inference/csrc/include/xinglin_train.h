/* The boundary of the trainer: one opaque handle that holds a model's weights, their optimizer's
 * state and some threads, and takes one step after another.
 *
 * Every function returns an xt_status; none throws, exits or prints. A handle is used by one thread
 * at a time. Pointers in the structs are read during the call only. Sizes: E width, H heads,
 * L layers, C context in steps of the trunk, B windows, T steps of a window, V = 256 bytes.
 */
#ifndef XINGLIN_TRAIN_H_
#define XINGLIN_TRAIN_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define XT_API __attribute__((visibility("default")))
#else
#define XT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a struct or a signature below changes. */
#define XT_ABI_VERSION 1

typedef enum xt_status {
  XT_OK = 0,
  XT_INVALID = 1,     /* an argument is out of range or a required pointer is null */
  XT_NO_MEMORY = 2,   /* the system refused memory */
  XT_UNSUPPORTED = 3, /* this processor lacks the asked instruction set, or it is unknown */
  XT_THREAD = 4,      /* a thread could not be started */
  XT_NOT_FINITE = 5,  /* the loss or a gradient is no number; nothing was changed */
  XT_INTERNAL = 6     /* a defect of the library */
} xt_status;

typedef enum xt_family {
  XT_BYTE = 0, /* wygpt, and with tables wygpt-ngram: the trunk reads one byte a step */
  XT_PAIR = 1  /* wygpt-pair: it reads two */
} xt_family;

/* Sizes of a model. `orders` ascends; table i has rows[i] rows of E / tables numbers. */
typedef struct xt_shape {
  int32_t family;
  int32_t width;
  int32_t heads;
  int32_t layers;
  int32_t context;
  int32_t mixing; /* whether keys and values are mixed with those of the step before */
  int32_t tables;
  const int32_t* orders;  /* (tables,) */
  const int32_t* rows;    /* (tables,) */
  const float* embedding; /* (256, E), or (512, E) for pairs: what a byte at each place adds */
} xt_shape;

/* One tensor of the model: what is live. Pointers stay valid while the handle lives. */
typedef struct xt_tensor {
  const char* name; /* as in model.safetensors */
  int32_t rows;
  int32_t columns;
  float* weight; /* (rows, columns); a matrix is divided by the root of its fan-in */
  float* first;  /* Muon's momentum, or Adam's first moment */
  float* second; /* Adam's second moment; null for what Muon moves */
} xt_tensor;

/* The batch of one step. A byte family has (B, T + 1) bytes and (B, T) weights; pairs have
 * (B, 2 (T + 1)) bytes and (B, 2 T) weights. */
typedef struct xt_batch {
  int32_t windows;
  int32_t steps;
  const uint8_t* data;
  const float* weights;     /* negative: to unlearn; of a step one at least is not 0 */
  const uint8_t* distilled; /* (B,) or null: whether a window is learnt from the teacher */
  int32_t reach;            /* steps that attention reaches, the present one counted; C at most */
} xt_batch;

typedef struct xt_rates {
  double muon_lr;
  double adam_lr;
  double weight_decay;
} xt_rates;

typedef struct xt_trainer xt_trainer;

XT_API int32_t xt_abi_version(void);
XT_API const char* xt_status_text(int32_t status);

/* The i-th instruction set that runs here, best first; null past the end. */
XT_API const char* xt_isa_name(int32_t i);

/* A model whose weights are all zero. isa: a name, or "auto" for the best, or "float32" for the
 * best that computes in float32 throughout. */
XT_API int32_t xt_trainer_create(const xt_shape* shape, const char* isa, int32_t threads,
                                 xt_trainer** trainer);
XT_API void xt_trainer_release(xt_trainer* trainer);
XT_API const char* xt_trainer_isa(const xt_trainer* trainer);

/* The i-th tensor; XT_INVALID past the end. */
XT_API int32_t xt_trainer_tensor(const xt_trainer* trainer, int32_t i, xt_tensor* tensor);

/* Steps that the optimizer has taken: Adam's correction depends on it. */
XT_API int32_t xt_trainer_steps(const xt_trainer* trainer, int64_t* steps);
XT_API int32_t xt_trainer_set_steps(xt_trainer* trainer, int64_t steps);

/* Keep a copy of these weights, in the order of the tensors, as the teacher. */
XT_API int32_t xt_trainer_set_teacher(xt_trainer* trainer, const float* const* weights);

/* One step of the optimizer; loss: weighted mean before it, in nats per byte. */
XT_API int32_t xt_trainer_step(xt_trainer* trainer, const xt_batch* batch, const xt_rates* rates,
                               double* loss);

/* The loss and its gradient of each tensor, in their order; nothing moves. */
XT_API int32_t xt_trainer_gradients(xt_trainer* trainer, const xt_batch* batch, double* loss,
                                    float* const* gradients);

/* The loss of each target in nats, unweighted: (B, T), or (B, 2 T) for pairs. */
XT_API int32_t xt_trainer_losses(xt_trainer* trainer, const xt_batch* batch, float* losses);

/* Processor time of the calling threads since the start, in seconds, by what was done. */
typedef struct xt_times {
  double forward;
  double backward;
  double optimizer;
} xt_times;

XT_API int32_t xt_trainer_times(const xt_trainer* trainer, xt_times* times);

/* Multiply-adds a second that the product alone reaches here on one thread: (rows, depth) by
 * (depth, columns), again and again for about `seconds`. For benchmarks. */
XT_API int32_t xt_product_rate(const char* isa, int32_t rows, int32_t depth, int32_t columns,
                               double seconds, double* rate);

#ifdef __cplusplus
}
#endif

#endif /* XINGLIN_TRAIN_H_ */
