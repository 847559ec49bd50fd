/* The whole boundary of the native engine: opaque handles, sized integers, status codes.
 *
 * Every function returns an xl_status; none throws, exits or prints. Handles may be used from
 * several threads, except that each is released once, by whoever owns it, after its last use.
 * Pointers in the structs are read during the call only. Sizes: E width, H heads, L layers,
 * C context (steps that attention reaches), V = 256 bytes. A step reads one byte, or two: a pair.
 */
#ifndef XINGLIN_H_
#define XINGLIN_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define XL_API __attribute__((visibility("default")))
#else
#define XL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a struct or a signature below changes. */
#define XL_ABI_VERSION 5

/* Raised whenever the same model and text would be coded in other bytes: when a kernel rounds in
 * another way, or the coder changes. Files of another version cannot be read. */
#define XL_CODER_VERSION 1

/* Most sequences that one thread of an engine may step together. */
#define XL_MAX_BATCH 1024

typedef enum xl_status {
  XL_OK = 0,
  XL_INVALID = 1,       /* an argument is out of range or a required pointer is null */
  XL_NO_MEMORY = 2,     /* the system refused memory */
  XL_UNSUPPORTED = 3,   /* this processor lacks the asked instruction set, or it is unknown */
  XL_CLOSED = 4,        /* the engine is closed or closing */
  XL_TIMEOUT = 5,       /* the wait ended before there was news */
  XL_THREAD = 6,        /* a thread could not be started */
  XL_BAD_WEIGHT = 7,    /* an int8 weight is -128, or a float is not finite */
  XL_BAD_AUTOMATON = 8, /* the table leads outside itself or forbids every byte somewhere */
  XL_INTERNAL = 9,      /* a defect of the library */
  XL_NO_DRIVER = 10,    /* no driver of a GPU is installed */
  XL_OLD_DRIVER = 11,   /* the driver is older than the library needs */
  XL_NO_DEVICE = 12,    /* there is no GPU, or it may not be used */
  XL_WRONG_DEVICE = 13, /* the library was not built for this GPU, or the model does not fit it */
  XL_DEVICE_LOST = 14   /* the GPU failed or went away; the process cannot use it any more */
} xl_status;

typedef enum xl_finish {
  XL_RUNNING = 0,
  XL_END = 1,       /* the automaton reached its end state */
  XL_LENGTH = 2,    /* the first boundary between characters at or after max_bytes */
  XL_DEADLINE = 3,  /* the time was up */
  XL_CANCELLED = 4, /* cancelled or released */
  XL_STOPPED = 5,   /* the engine was closed before it was finished */
  XL_FAILED = 6,    /* the step failed: memory, or the logits were no numbers */
  XL_LOST = 7       /* the GPU went away: another backend can begin the sequence again */
} xl_finish;

typedef enum xl_method {
  XL_TOP_E = 0,
  XL_TOP_K = 1,
  XL_TOP_P = 2,
  XL_MIN_P = 3,
  XL_WYGPT = 4
} xl_method;

/* An (O, D) int8 matrix, row-major, entries in [-127, 127], and one float32 step per row. */
typedef struct xl_matrix {
  const int8_t* weight;
  const float* scale;
} xl_matrix;

/* One block of the wygpt family: gate a, attention b, gate c. */
typedef struct xl_block {
  xl_matrix a_u;     /* (2E, E) */
  xl_matrix a_o;     /* (E, E) */
  xl_matrix b_x;     /* (4E, E): keys, queries, values, output gate */
  xl_matrix b_o;     /* (E, E) */
  xl_matrix c_u;     /* (2E, E) */
  xl_matrix c_o;     /* (E, E) */
  const float* b_pe; /* (H, C) bias per head and distance */
  /* Null, or (2, E): before the norm each step's keys take in the first row times the keys that the
   * step before had there, its values the second row times the values. All blocks or none. */
  const float* b_mix;
} xl_block;

/* The row of the table of order n that the last n steps pick is their hash modulo its `rows`; the
 * rows of all orders, side by side, are added to the step's embedding. Count 0: no tables. */
typedef struct xl_ngrams {
  int32_t count;              /* 0..8 orders; E is a multiple */
  const int32_t* rows;        /* (count,) of each table */
  const int32_t* orders;      /* (count,) ascending, 1..16 bytes: of pairs 1..8 */
  const float* const* tables; /* (count,) pointers to (rows, E / count) */
} xl_ngrams;

/* The head for a pair's second byte: z = y + embedding[first byte], y the normalised output of the
 * step before; z += gate(z); logits = head norm(z). */
typedef struct xl_second {
  const float* embedding; /* (256, E) */
  xl_matrix u;            /* (2E, E) */
  xl_matrix o;            /* (E, E) */
  xl_matrix head;         /* (256, E) */
} xl_second;

typedef struct xl_model_source {
  int32_t width;
  int32_t heads;
  int32_t layers;
  int32_t context;
  int32_t step_bytes; /* 1, or 2: a step reads a pair */
  xl_ngrams ngrams;
  const float* embedding; /* (256 * step_bytes, E); of a pair's bytes two rows are added */
  const xl_block* blocks; /* L of them */
  xl_matrix head;         /* (256, E): the byte after a step */
  xl_second second;       /* looked at when steps are pairs */
} xl_model_source;

typedef struct xl_engine_config {
  int32_t threads;     /* decoding threads, 1..256 */
  int32_t max_batch;   /* sequences that one thread steps together, 1..XL_MAX_BATCH */
  int32_t chunk;       /* steps of prompts that are computed together, 1..256 */
  uint64_t keep_bytes; /* memory of the prefix cache: KV caches of finished sequences; 0: none */
} xl_engine_config;

typedef struct xl_sampling {
  int32_t method; /* xl_method */
  int32_t top_k;
  double temperature;
  double top_e;
  double top_p;
  double min_p;
  uint64_t seed;
} xl_sampling;

/* next[s * 256 + b] is the state after byte b in state s; 255 forbids the byte. State 0 is the
 * start (between characters), state 1 the end of the text. */
typedef struct xl_automaton {
  const uint8_t* next;
  int32_t states;
} xl_automaton;

typedef struct xl_request {
  const uint8_t* prompt;
  size_t prompt_bytes;
  xl_sampling sampling;
  xl_automaton automaton;
  int32_t max_bytes;
  double deadline_s; /* seconds from now; infinity means none */
} xl_request;

typedef struct xl_sequence_state {
  size_t bytes;   /* complete characters only, in bytes; what xl_sequence_read may give */
  int32_t finish; /* xl_finish */
  size_t prompt_bytes;
  double waiting_s; /* from submit to the first step */
  double prefill_s; /* from the first step to the first sampled byte */
  double decode_s;  /* from there to the end, or to now */
  double surprise;  /* nats: minus the sum of ln p of the bytes drawn, before the method's choice */
} xl_sequence_state;

typedef struct xl_engine_stats {
  uint64_t sequences_submitted;
  uint64_t sequences_finished;
  uint64_t bytes_decoded;
  uint64_t bytes_prefilled; /* of prompts, computed */
  uint64_t bytes_shared;    /* of prompts, copied from another sequence that had read the same */
  uint64_t steps;
  int32_t active;
  int32_t waiting;
  int32_t kept;  /* finished sequences whose keys and values are still there */
  double busy_s; /* seconds in which threads were stepping, summed over threads */
} xl_engine_stats;

typedef struct xl_model xl_model;
typedef struct xl_scorer xl_scorer;
typedef struct xl_coder xl_coder;
typedef struct xl_memory xl_memory;
typedef struct xl_memory_file xl_memory_file;
typedef struct xl_engine xl_engine;
typedef struct xl_sequence xl_sequence;

XL_API int32_t xl_abi_version(void);
XL_API const char* xl_status_text(int32_t status);

/* Name of the i-th instruction set that this processor can run, or of the i-th GPU, best first;
 * null past the end. */
XL_API const char* xl_isa_name(int32_t i);

/* Pack a model for an instruction set: "auto" or a name from xl_isa_name. */
XL_API int32_t xl_model_create(const xl_model_source* source, const char* isa, xl_model** model);
XL_API void xl_model_release(xl_model* model);
XL_API const char* xl_model_isa(const xl_model* model);

/* logits: (n, 256), row i being of the byte that follows data[0..i]. `chunk` steps are computed
 * together; the result does not depend on it. */
XL_API int32_t xl_model_logits(const xl_model* model, const uint8_t* data, size_t n, int32_t chunk,
                               float* logits);

/* Reads a text part by part; log2_p: (n,), the log2 probability of each byte given everything fed
 * before. The first of all gets 1/256. One thread at a time may feed one scorer. */
XL_API int32_t xl_scorer_create(const xl_model* model, xl_scorer** scorer);
XL_API int32_t xl_scorer_feed(xl_scorer* scorer, const uint8_t* data, size_t n, float* log2_p);
XL_API void xl_scorer_release(xl_scorer* scorer);

/* Lossless compression. A coder begins with the empty context and goes on from frame to frame; a
 * decoder that is given the same frames in order knows the same at every byte. One thread at a time
 * may use one coder. Many bytes in one call or few, the code is the same. */
XL_API int32_t xl_coder_version(void);
/* mixed: 0 codes by the model's probabilities alone, 1 mixes them with counts of the text so far,
 * which takes 80 MiB; with a memory, 17 MiB more. */
XL_API int32_t xl_coder_create(const xl_model* model, int32_t mixed, xl_coder** coder);
/* Mix a memory in, too: of a mixing coder, before its first byte. The coder keeps what it needs of
 * it but for the bytes of the file, which must stay until the coder is released. */
XL_API int32_t xl_coder_remember(xl_coder* coder, const xl_memory* memory);
/* Append n bytes to the frame that is being made. */
XL_API int32_t xl_coder_encode(xl_coder* coder, const uint8_t* data, size_t n);
/* End the frame; only now is all of its code there to take. */
XL_API int32_t xl_coder_finish(xl_coder* coder);
/* Move up to `capacity` bytes of code out; n: how many. */
XL_API int32_t xl_coder_take(xl_coder* coder, size_t capacity, uint8_t* code, size_t* n);
/* Begin to read a frame of which this is all the code; then give its bytes. Of a code that no
 * encoder made, they are arbitrary. */
XL_API int32_t xl_coder_load(xl_coder* coder, const uint8_t* code, size_t n);
XL_API int32_t xl_coder_decode(xl_coder* coder, size_t n, uint8_t* data);
XL_API void xl_coder_release(xl_coder* coder);

/* A memory counts which characters follow which in a training text. data: a whole file, read as
 * long as the memory or a coder that has it is there; damage in it gives other numbers, never a
 * crash. */
XL_API int32_t xl_memory_open(const uint8_t* data, size_t size, xl_memory** memory);
XL_API void xl_memory_release(xl_memory* memory);
/* Make such a file. text: (n,) symbols, at most 2^27; codes: (symbols,) the bytes of each in the
 * codec (1 utf-8, 2 gb18030, 3 utf-16-le, 4 utf-16-be), the first byte highest, ascending; each
 * occurs. The sha256 of these bytes, 32 bytes, is for the caller to put behind them. Takes about 24
 * n bytes of memory and a second for each 10^6 characters. */
XL_API int32_t xl_memory_build(const uint32_t* text, size_t n, const uint32_t* codes,
                               size_t symbols, int32_t codec, xl_memory_file** file);
XL_API int32_t xl_memory_file_size(const xl_memory_file* file, size_t* size);
/* Copy bytes [from, from + n). */
XL_API int32_t xl_memory_file_read(const xl_memory_file* file, size_t from, size_t n,
                                   uint8_t* data);
XL_API void xl_memory_file_release(xl_memory_file* file);

/* The engine keeps what it needs of the model; the model may be released first. */
XL_API int32_t xl_engine_open(const xl_model* model, const xl_engine_config* config,
                              xl_engine** engine);
/* Refuse new work, cancel what runs, join the threads. Sequences stay readable. */
XL_API void xl_engine_close(xl_engine* engine);
/* Clear the prefix cache: drop the keys and values of finished sequences. */
XL_API void xl_engine_forget(xl_engine* engine);
/* Close and free. */
XL_API void xl_engine_release(xl_engine* engine);
XL_API int32_t xl_engine_stats_get(const xl_engine* engine, xl_engine_stats* stats);

XL_API int32_t xl_engine_submit(xl_engine* engine, const xl_request* request,
                                xl_sequence** sequence);
/* Block until more than `have` bytes are readable or the sequence is finished. */
XL_API int32_t xl_sequence_wait(xl_sequence* sequence, size_t have, double timeout_s,
                                xl_sequence_state* state);
/* Copy bytes [from, from + n) of those readable. */
XL_API int32_t xl_sequence_read(xl_sequence* sequence, size_t from, size_t n, uint8_t* data);
XL_API void xl_sequence_cancel(xl_sequence* sequence);
/* Let its keys and values be the first to leave the prefix cache: nothing will go on from there. */
XL_API void xl_sequence_discard(xl_sequence* sequence);
/* Cancel if it still runs, and free the handle. */
XL_API void xl_sequence_release(xl_sequence* sequence);

/* ---- single operations, for tests ---- */

/* Draw one byte. logits: (256,); history: the text so far (used by XL_WYGPT); `draws` numbers of
 * the generator are skipped first; weights: null or (256,), what each byte was drawn with. */
XL_API int32_t xl_sample(const float* logits, const xl_sampling* sampling,
                         const xl_automaton* automaton, int32_t state, const uint8_t* history,
                         size_t history_bytes, uint64_t draws, int32_t* byte, double* weights);

/* x: (rows, d) -> q: (rows, d) int8 and one scale a row. */
XL_API int32_t xl_op_quantize(const char* isa, const float* x, int32_t rows, int32_t d, int8_t* q,
                              float* scale);
/* y[b, o] = float(sum_d q(x)[b, d] w[o, d]) * (x_scale[b] * w_scale[o]); y: (rows, o). */
XL_API int32_t xl_op_linear(const char* isa, const float* x, int32_t rows, int32_t d,
                            const xl_matrix* w, int32_t o, float* y);
/* Normalise each of `groups` equal parts of every row to mean 0, variance 1. */
XL_API int32_t xl_op_group_norm(const char* isa, const float* x, int32_t rows, int32_t d,
                                int32_t groups, float* y);
/* Attention of one head over a history: key, query, value: (n, r); pe: (context,); y: (n, r).
 * `chunk` queries are computed together. */
XL_API int32_t xl_op_attention(const char* isa, const float* key, const float* query,
                               const float* value, const float* pe, int32_t n, int32_t r,
                               int32_t context, int32_t chunk, float* y);
/* y = exp(x), the softmax's own, for x <= 0. */
XL_API int32_t xl_op_exp(const char* isa, const float* x, int32_t n, float* y);
/* logits: (256,) -> whole frequencies, (256,), each at least 1, of sum 2^24. */
XL_API int32_t xl_op_frequencies(const float* logits, uint32_t* frequencies);

#ifdef __cplusplus
}
#endif

#endif /* XINGLIN_H_ */
