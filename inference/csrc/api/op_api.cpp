/// Single operations through the same kernels, for tests.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "api/handles.h"
#include "engine/sampler.h"

namespace {

using xinglin::guarded;
using xinglin::kLanes;
using xinglin::require;
using xinglin::round_up;
using xinglin::cpu::Arena;
using xinglin::cpu::Kernels;

const Kernels& kernels_named(const char* isa) {
  require(isa != nullptr);
  const Kernels* kernels = xinglin::cpu::find_kernels(isa);
  require(kernels != nullptr, XL_UNSUPPORTED);
  return *kernels;
}

size_t size(int n) { return static_cast<size_t>(n); }

/// Rows padded with zeros to a multiple of 16, and room to read past the last.
std::vector<float> padded_rows(const float* x, int rows, int d) {
  const size_t stride = size(round_up(d, kLanes));
  std::vector<float> copy(size(rows) * stride + kLanes);
  for (int r = 0; r < rows; ++r) std::copy_n(x + size(r) * size(d), d, &copy[size(r) * stride]);
  return copy;
}

void check_rows(const float* x, int rows, int d) {
  require(x != nullptr && rows >= 1 && rows <= 4096 && d >= 1 && d <= xinglin::kMaxWidth);
}

}  // namespace

extern "C" {

int32_t xl_sample(const float* logits, const xl_sampling* sampling, const xl_automaton* automaton,
                  int32_t state, const uint8_t* history, size_t history_bytes, uint64_t draws,
                  int32_t* byte, double* weights) {
  return guarded([&] {
    require(logits != nullptr && sampling != nullptr && automaton != nullptr && byte != nullptr);
    require(history_bytes == 0 || history != nullptr);
    const xinglin::Automaton table(*automaton);
    require(state >= 0 && state < table.states());
    const uint8_t* next = table.row(static_cast<uint8_t>(state));
    xinglin::Sampler sampler(*sampling);
    sampler.feed(history, history_bytes);
    sampler.skip(draws);
    if (weights != nullptr) {
      const xinglin::Weights all = sampler.weigh(logits, next);
      std::copy(all.begin(), all.end(), weights);
    }
    *byte = sampler.pick(logits, next);
  });
}

int32_t xl_op_quantize(const char* isa, const float* x, int32_t rows, int32_t d, int8_t* q,
                       float* scale) {
  return guarded([&] {
    const Kernels& k = kernels_named(isa);
    check_rows(x, rows, d);
    require(q != nullptr && scale != nullptr);
    const size_t stride = size(round_up(d, kLanes));
    const std::vector<float> padded = padded_rows(x, rows, d);
    std::vector<int8_t> all(size(rows) * stride);
    k.quantize(padded.data(), stride, rows, d, all.data(), stride, scale);
    for (int r = 0; r < rows; ++r) {
      for (int i = 0; i < d; ++i) {
        const int8_t value = all[size(r) * stride + size(i)];
        q[size(r) * size(d) + size(i)] = static_cast<int8_t>(k.offset ? value ^ -128 : value);
      }
    }
  });
}

int32_t xl_op_linear(const char* isa, const float* x, int32_t rows, int32_t d, const xl_matrix* w,
                     int32_t o, float* y) {
  return guarded([&] {
    const Kernels& k = kernels_named(isa);
    check_rows(x, rows, d);
    require(w != nullptr && y != nullptr && o >= 1 && o <= 4 * xinglin::kMaxWidth);
    Arena arena(xinglin::cpu::packed_bytes(o, d));
    const xinglin::cpu::PackedView packed = xinglin::cpu::pack(arena, *w, o, d);
    const size_t stride = size(round_up(d, kLanes));
    const std::vector<float> padded = padded_rows(x, rows, d);
    std::vector<int8_t> q(size(rows) * stride);
    std::vector<float> scale(size(rows));
    k.quantize(padded.data(), stride, rows, d, q.data(), stride, scale.data());
    std::vector<float> out(size(rows) * size(packed.outputs));
    k.linear(packed, {q.data(), stride, scale.data(), rows}, out.data(), size(packed.outputs),
             false);
    for (int r = 0; r < rows; ++r) {
      std::copy_n(&out[size(r) * size(packed.outputs)], o, y + size(r) * size(o));
    }
  });
}

int32_t xl_op_group_norm(const char* isa, const float* x, int32_t rows, int32_t d, int32_t groups,
                         float* y) {
  return guarded([&] {
    const Kernels& k = kernels_named(isa);
    check_rows(x, rows, d);
    require(y != nullptr && groups >= 1 && d % groups == 0);
    std::copy_n(x, size(rows) * size(d), y);
    k.normalise(y, size(d), rows, d, groups);
  });
}

int32_t xl_op_attention(const char* isa, const float* key, const float* query, const float* value,
                        const float* pe, int32_t n, int32_t r, int32_t context, int32_t chunk,
                        float* y) {
  return guarded([&] {
    using xinglin::cpu::HeadView;
    using xinglin::cpu::kBiasPad;
    using xinglin::cpu::kQueryRows;
    const Kernels& k = kernels_named(isa);
    require(key != nullptr && query != nullptr && value != nullptr && pe != nullptr &&
            y != nullptr);
    require(n >= 1 && n <= (1 << 20) && r >= 1 && r <= xinglin::kMaxHeadWidth);
    require(context >= 1 && context <= (1 << 16) && chunk >= 1 && chunk <= kQueryRows);
    const int panels = round_up(context + chunk, kLanes) / kLanes + 1;
    const int width = round_up(r, kLanes);
    std::vector<float> ring(size(panels) * HeadView::panel_bytes(r) / sizeof(float));
    const HeadView head(reinterpret_cast<uint8_t*>(ring.data()), panels, r);
    std::vector<float> bias(size(context) + 2 * kBiasPad, -HUGE_VALF);
    for (int d = 0; d < context; ++d) bias[size(kBiasPad + context - 1 - d)] = pe[d];
    const size_t stride = size(round_up(context, kLanes) + 4 * kLanes);
    std::vector<float> scores(kQueryRows * stride);
    std::vector<float> out(kQueryRows * size(width));
    std::vector<int8_t> q(kQueryRows * size(width));
    float scale[kQueryRows];
    for (int i = 0; i < n; i += chunk) {
      const int rows = std::min(chunk, n - i);
      const size_t at = size(i) * size(r);
      k.store_kv(head, i, rows, r, key + at, query + at, value + at, size(r), q.data(), size(width),
                 scale, 1);
      k.attend(head, {q.data(), size(width), scale, 1, i, rows},
               &bias[size(kBiasPad + context - 1)], context, scores.data(), stride, out.data(),
               size(width));
      for (int j = 0; j < rows; ++j) {
        std::copy_n(&out[size(j) * size(width)], r, y + at + size(j) * size(r));
      }
    }
  });
}

int32_t xl_op_exp(const char* isa, const float* x, int32_t n, float* y) {
  return guarded([&] {
    const Kernels& k = kernels_named(isa);
    require(x != nullptr && y != nullptr && n >= 1);
    std::vector<float> padded(size(round_up(n, kLanes)));
    std::copy_n(x, n, padded.begin());
    k.exp(padded.data(), static_cast<int>(padded.size()), padded.data());
    std::copy_n(padded.begin(), n, y);
  });
}

}  // extern "C"
