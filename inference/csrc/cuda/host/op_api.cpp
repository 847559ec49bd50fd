/// Single operations of the C header on the device, for tests.
#include <algorithm>
#include <cstring>
#include <vector>

#include "api/handles.h"
#include "cuda/host/packing.h"

namespace {

using xinglin::guarded;
using xinglin::kLanes;
using xinglin::kVocabulary;
using xinglin::require;
using xinglin::round_up;
using namespace xinglin::cuda;

size_t size(int n) { return static_cast<size_t>(n); }

/// Arrays on the device for one operation.
class Bench {
 public:
  explicit Bench(const char* isa) {
    require(isa != nullptr);
    const char* name = open_device().name;
    require(std::strcmp(isa, "auto") == 0 || std::strcmp(isa, name) == 0, XL_UNSUPPORTED);
  }

  template <class V>
  V* make(size_t count) {
    arrays_.emplace_back(count * sizeof(V));
    return reinterpret_cast<V*>(arrays_.back().data());
  }
  template <class V>
  V* put(const V* from, size_t count) {
    V* to = make<V>(count);
    queue_.copy(to, from, count * sizeof(V));
    queue_.wait();
    return to;
  }
  template <class V>
  void get(V* to, const V* from, size_t count) {
    queue_.copy(to, from, count * sizeof(V));
    queue_.wait();
  }
  void run(const OpCall& call) {
    queue_.compute(call);
    queue_.wait();
  }

 private:
  Queue queue_;
  std::vector<Buffer<uint8_t>> arrays_;
};

void check_rows(const float* x, int rows, int d) {
  require(x != nullptr && rows >= 1 && rows <= 4096 && d >= 1 && d <= xinglin::kMaxWidth);
}

/// Input rows and room for them in int8.
OpCall rows_call(Bench& bench, Op op, const float* x, int rows, int d) {
  OpCall call{};
  call.op = op;
  call.rows = rows;
  call.width = d;
  call.x = bench.put(x, size(rows) * size(d));
  call.q = bench.make<int8_t>(size(rows + kMostRows) * size(op_q_stride(d)));
  call.scale = bench.make<float>(size(rows + kMostRows));
  return call;
}

}  // namespace

extern "C" {

int32_t xl_sample(const float* logits, const xl_sampling* sampling, const xl_automaton* automaton,
                  int32_t state, const uint8_t* history, size_t history_bytes, uint64_t draws,
                  int32_t* byte, double* weights) {
  return guarded([&] {
    require(logits != nullptr && sampling != nullptr && automaton != nullptr && byte != nullptr);
    require(history_bytes == 0 || history != nullptr);
    require(history_bytes <= (size_t{1} << 24));
    const xinglin::Automaton table(*automaton);
    require(state >= 0 && state < table.states());
    xinglin::Sampler sampler(*sampling);
    sampler.skip(draws);
    Bench bench("auto");
    SequenceState sequence{};
    sequence.sampling = *sampling;
    sequence.generator = sampler.generator();
    sequence.automaton = bench.put(table.row(0), size(table.states()) * 256);
    sequence.state = static_cast<uint8_t>(state);
    if (sampler.penalty() != nullptr) {
      sequence.input = bench.put(history, history_bytes);
      sequence.given = static_cast<int32_t>(history_bytes);
      sequence.history = bench.make<uint8_t>(history_bytes + 1);
      sequence.match = bench.make<uint8_t>(history_bytes + 1);
    }
    OpCall call{};
    call.op = Op::kSample;
    call.x = bench.put(logits, 256);
    call.sequence = bench.put(&sequence, 1);
    call.growth = bench.put(xinglin::MatchPenalty::growth(), xinglin::kLongestMatch + 1);
    call.p = bench.make<double>(2 * kVocabulary);
    bench.run(call);
    bench.get(&sequence, call.sequence, 1);
    require(sequence.finish != XL_FAILED, XL_INTERNAL);
    if (weights != nullptr) bench.get(weights, call.p, kVocabulary);
    *byte = sequence.last;
  });
}

int32_t xl_op_quantize(const char* isa, const float* x, int32_t rows, int32_t d, int8_t* q,
                       float* scale) {
  return guarded([&] {
    check_rows(x, rows, d);
    require(q != nullptr && scale != nullptr);
    Bench bench(isa);
    const OpCall call = rows_call(bench, Op::kQuantize, x, rows, d);
    bench.run(call);
    bench.get(scale, call.scale, size(rows));
    for (int r = 0; r < rows; ++r) {
      bench.get(q + size(r) * size(d), call.q + size(r) * size(op_q_stride(d)), size(d));
    }
  });
}

int32_t xl_op_linear(const char* isa, const float* x, int32_t rows, int32_t d, const xl_matrix* w,
                     int32_t o, float* y) {
  return guarded([&] {
    check_rows(x, rows, d);
    require(w != nullptr && y != nullptr && o >= 1 && o <= 4 * xinglin::kMaxWidth);
    Bench bench(isa);
    const PackedMatrix packed(*w, o, d);
    OpCall call = rows_call(bench, Op::kLinear, x, rows, d);
    call.matrix = {bench.put(packed.weight.data(), packed.weight.size()),
                   bench.put(packed.scale.data(), packed.scale.size()), packed.outputs,
                   packed.steps};
    call.y = bench.make<float>(size(rows) * size(packed.outputs));
    bench.run(call);
    for (int r = 0; r < rows; ++r) {
      bench.get(y + size(r) * size(o), call.y + size(r) * size(packed.outputs), size(o));
    }
  });
}

int32_t xl_op_group_norm(const char* isa, const float* x, int32_t rows, int32_t d, int32_t groups,
                         float* y) {
  return guarded([&] {
    check_rows(x, rows, d);
    require(y != nullptr && groups >= 1 && d % groups == 0);
    Bench bench(isa);
    OpCall call = rows_call(bench, Op::kGroupNorm, x, rows, d);
    call.groups = groups;
    bench.run(call);
    bench.get(y, call.x, size(rows) * size(d));
  });
}

int32_t xl_op_attention(const char* isa, const float* key, const float* query, const float* value,
                        const float* pe, int32_t n, int32_t r, int32_t context, int32_t chunk,
                        float* y) {
  return guarded([&] {
    require(key != nullptr && query != nullptr && value != nullptr && pe != nullptr &&
            y != nullptr);
    require(n >= 1 && n <= (1 << 20) && r >= 1 && r <= xinglin::kMaxHeadWidth);
    require(context >= 1 && context <= (1 << 16) && chunk >= 1 && chunk <= kMostRows);
    Bench bench(isa);
    std::vector<float> all(size(n) * 3 * size(r));
    for (int i = 0; i < n; ++i) {
      float* row = &all[size(i) * 3 * size(r)];
      std::copy_n(key + size(i) * size(r), r, row);
      std::copy_n(query + size(i) * size(r), r, row + r);
      std::copy_n(value + size(i) * size(r), r, row + 2 * r);
    }
    OpCall call{};
    call.op = Op::kAttention;
    call.rows = n;
    call.width = r;
    call.context = context;
    call.chunk = chunk;
    call.x = bench.put(all.data(), all.size());
    call.y = bench.make<float>(size(n) * size(r));
    call.cache = CacheLayout::of(r, 1, 1, context);
    call.kv_cache = bench.make<uint8_t>(call.cache.bytes());
    call.q = bench.make<int8_t>(size(kMostRows) * size(call.cache.depth));
    call.scale = bench.make<float>(kMostRows);
    call.bias = bench.put(pe, size(context));
    call.reach = bench.put(&context, 1);
    const size_t positions = size(round_up(context, kLanes) + kLanes);
    call.scores = bench.make<float>(kMostRows * positions);
    call.weights = bench.make<int8_t>(kMostRows * positions * 2);
    bench.run(call);
    bench.get(y, call.y, size(n) * size(r));
  });
}

int32_t xl_op_exp(const char* isa, const float* x, int32_t n, float* y) {
  return guarded([&] {
    require(x != nullptr && y != nullptr && n >= 1);
    Bench bench(isa);
    OpCall call{};
    call.op = Op::kExp;
    call.width = n;
    call.x = bench.put(x, size(n));
    bench.run(call);
    bench.get(y, call.x, size(n));
  });
}

}  // extern "C"
