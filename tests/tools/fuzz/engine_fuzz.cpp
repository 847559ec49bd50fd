// Feeds the engine's C boundary with arbitrary bytes, under AddressSanitizer and UBSan: models of
// any shape and content, sampling of any numbers, automata of any table, prompts and codes of any
// bytes.
//
// With Clang it is a libFuzzer target; with GCC it has a main of its own that makes random inputs:
//   engine_fuzz -max_total_time=60
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "xinglin.h"

namespace {

// Takes values from the front of the input; past its end everything is 0.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t n) : data_(data), left_(n) {}

  uint8_t byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  int32_t between(int32_t low, int32_t high) {
    const uint32_t raw = static_cast<uint32_t>(byte()) << 8 | byte();
    return low + static_cast<int32_t>(raw % static_cast<uint32_t>(high - low + 1));
  }
  template <typename T>
  T raw() {
    static_assert(sizeof(T) <= sizeof(uint64_t), "all of it stands in one number");
    uint64_t bits = 0;
    for (size_t i = 0; i < sizeof(T); ++i) bits = bits << 8 | byte();
    T value;
    std::memcpy(&value, &bits, sizeof(T));  // the low bytes come first on what we build for
    return value;
  }
  // Mostly sane, sometimes any bit pattern: infinities, no numbers, denormals.
  float number() {
    return byte() < 8 ? raw<float>() : static_cast<float>(static_cast<int8_t>(byte())) / 16;
  }
  double wide() { return byte() < 32 ? raw<double>() : byte() / 64.0; }
  std::vector<float> numbers(size_t n) {
    std::vector<float> found(n);
    for (float& one : found) one = number();
    return found;
  }
  std::vector<uint8_t> some(size_t most) {
    std::vector<uint8_t> found(static_cast<size_t>(between(0, static_cast<int32_t>(most))));
    for (uint8_t& one : found) one = byte();
    return found;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

struct Matrix {
  Matrix(Bytes& from, int32_t rows, int32_t columns)
      : weight(static_cast<size_t>(rows) * static_cast<size_t>(columns)),
        scale(from.numbers(static_cast<size_t>(rows))) {
    const bool any = from.byte() < 16;  // -128 is refused
    for (int8_t& one : weight) {
      one = static_cast<int8_t>(from.byte());
      if (!any && one == -128) one = 0;
    }
  }
  xl_matrix view() const { return {weight.data(), scale.data()}; }
  std::vector<int8_t> weight;
  std::vector<float> scale;
};

struct Automaton {
  explicit Automaton(Bytes& from)
      : states(from.between(2, 6)), next(static_cast<size_t>(states) * 256) {
    const bool wild = from.byte() < 64;
    for (uint8_t& one : next) {
      const uint8_t drawn = from.byte();
      const auto tame = static_cast<uint8_t>(drawn % 4 == 0 ? 255 : drawn % states);
      one = wild ? drawn : tame;
    }
    if (!wild) {
      for (int32_t s = 0; s < states; ++s) next[static_cast<size_t>(s) * 256 + 'a'] = 0;
    }
  }
  xl_automaton view() const { return {next.data(), states}; }
  int32_t states;
  std::vector<uint8_t> next;
};

xl_sampling any_sampling(Bytes& from) {
  xl_sampling found{};
  found.method = from.byte() < 8 ? from.raw<int32_t>() : from.between(XL_TOP_E, XL_WYGPT);
  found.top_k = from.byte() < 8 ? from.raw<int32_t>() : from.between(1, 256);
  found.temperature = from.wide();
  found.top_e = from.wide();
  found.top_p = from.wide();
  found.min_p = from.wide();
  found.seed = from.raw<uint64_t>();
  return found;
}

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

void fuzz_sampler(Bytes& from) {
  const std::vector<float> logits = from.numbers(256);
  const Automaton automaton(from);
  const std::vector<uint8_t> history = from.some(64);
  const xl_automaton table = automaton.view();
  const xl_sampling sampling = any_sampling(from);
  const int32_t state =
      from.byte() < 8 ? from.raw<int32_t>() : from.between(0, automaton.states - 1);
  int32_t drawn = -1;
  std::vector<double> weights(256);
  const int32_t status = xl_sample(logits.data(), &sampling, &table, state, history.data(),
                                   history.size(), from.byte(), &drawn, weights.data());
  if (status != XL_OK) return;
  check(drawn >= 0 && drawn < 256, "a drawn byte is a byte");
  check(automaton.next[static_cast<size_t>(state) * 256 + static_cast<size_t>(drawn)] != 255,
        "a forbidden byte is never drawn");
}

// A model of a few hundred weights, whole or with one size or pointer that lies.
xl_model* any_model(Bytes& from) {
  const int32_t heads = from.between(1, 4), width = heads * 8 * from.between(1, 3);
  const int32_t layers = from.between(1, 2), context = from.between(1, 40);
  std::vector<Matrix> parts;
  std::vector<std::vector<float>> biases;
  std::vector<xl_block> blocks;
  for (int32_t layer = 0; layer < layers; ++layer) {
    for (const int32_t rows : {2 * width, width, 4 * width, width, 2 * width, width}) {
      parts.emplace_back(from, rows, width);
    }
    biases.push_back(from.numbers(static_cast<size_t>(heads) * static_cast<size_t>(context)));
  }
  for (size_t layer = 0; layer < static_cast<size_t>(layers); ++layer) {
    const Matrix* at = &parts[6 * layer];
    blocks.push_back({at[0].view(), at[1].view(), at[2].view(), at[3].view(), at[4].view(),
                      at[5].view(), biases[layer].data(), nullptr});
  }
  const Matrix head(from, 256, width);
  const int32_t step_bytes = from.between(1, 2);
  const std::vector<float> embedding =
      from.numbers(256 * static_cast<size_t>(step_bytes) * static_cast<size_t>(width));
  xl_model_source source{width,       heads, layers,           context,
                         step_bytes,  {},    embedding.data(), blocks.data(),
                         head.view(), {}};
  const std::vector<float> firsts = from.numbers(256 * static_cast<size_t>(width));
  const Matrix u(from, 2 * width, width), o(from, width, width), second(from, 256, width);
  if (step_bytes == 2) source.second = {firsts.data(), u.view(), o.view(), second.view()};
  const uint8_t lie = from.byte();
  if (lie == 1) source.width = from.raw<int32_t>() | 1;  // no multiple of anything
  if (lie == 2) source.heads = -from.between(0, 9);
  if (lie == 3) source.layers = from.between(-9, 0);
  if (lie == 4) source.context = from.between(-9, 0);
  if (lie == 5) source.blocks = nullptr;
  if (lie == 6) source.head.scale = nullptr;
  if (lie == 7) source.ngrams.count = from.between(9, 99);
  const int32_t rows = 8;
  if (lie == 8) source.ngrams = {1, &rows, nullptr, nullptr};
  if (lie == 10) source.step_bytes = from.between(-3, 9) & ~2;
  if (lie == 11) source.second.embedding = nullptr;
  if (lie == 12) source.second.o.weight = nullptr;
  xl_model* model = nullptr;
  const int32_t status = xl_model_create(&source, lie == 9 ? "nonsense" : "auto", &model);
  check((status == XL_OK) == (model != nullptr), "a model comes with XL_OK and only then");
  return model;
}

void fuzz_engine(Bytes& from) {
  xl_model* model = any_model(from);
  if (model == nullptr) return;
  const std::vector<uint8_t> prompt = from.some(80);
  if (!prompt.empty()) {
    std::vector<float> logits(prompt.size() * 256);
    xl_model_logits(model, prompt.data(), prompt.size(), from.between(0, 9), logits.data());
  }
  xl_engine* engine = nullptr;
  const xl_engine_config config{from.between(1, 2), from.between(1, 4), from.between(1, 9),
                                from.byte() * 1000ull};
  const int32_t opened = xl_engine_open(model, &config, &engine);
  xl_model_release(model);
  if (opened != XL_OK) return;
  const Automaton automaton(from);
  std::vector<xl_sequence*> sequences;
  for (int32_t i = from.between(1, 4); i > 0; --i) {
    xl_request request{prompt.data(),
                       prompt.size(),
                       any_sampling(from),
                       automaton.view(),
                       from.byte() < 8 ? from.raw<int32_t>() : from.between(1, 40),
                       from.wide()};
    if (request.max_bytes > 4096) request.max_bytes = 4096;
    xl_sequence* sequence = nullptr;
    if (xl_engine_submit(engine, &request, &sequence) == XL_OK) sequences.push_back(sequence);
  }
  for (xl_sequence* sequence : sequences) {
    if (from.byte() < 32) xl_sequence_cancel(sequence);
    if (from.byte() < 32) xl_sequence_discard(sequence);
    xl_sequence_state state{};
    xl_sequence_wait(sequence, SIZE_MAX, from.byte() < 128 ? 2.0 : 0.001, &state);
    std::vector<uint8_t> data(state.bytes + 8);
    if (xl_sequence_read(sequence, 0, state.bytes, data.data()) == XL_OK) {
      check(state.bytes <= 4096 + 256, "a reply ends soon after max_bytes");
    }
    xl_sequence_read(sequence, static_cast<size_t>(from.between(0, 5000)), from.byte() % 8,
                     data.data());
  }
  if (from.byte() < 64) xl_engine_forget(engine);
  if (from.byte() < 64) xl_engine_close(engine);
  for (xl_sequence* sequence : sequences) xl_sequence_release(sequence);
  xl_engine_release(engine);
}

/// A memory of a few letters, and often damaged.
std::vector<uint8_t> any_memory(Bytes& from) {
  std::vector<uint32_t> text = {0, 1, 2, 3, 0};
  for (const uint8_t byte : from.some(40)) text.push_back(byte % 4);
  const uint32_t codes[4] = {0x00000000, 0x61000000, 0x80818081, 0xC0C10000};
  xl_memory_file* file = nullptr;
  if (xl_memory_build(text.data(), text.size(), codes, 4, from.between(0, 4), &file) != XL_OK) {
    return {};
  }
  size_t size = 0;
  xl_memory_file_size(file, &size);
  std::vector<uint8_t> data(size + 32);
  xl_memory_file_read(file, 0, size, data.data());
  xl_memory_file_release(file);
  for (int i = from.between(0, 6); i > 0; --i) {
    const size_t near = static_cast<size_t>(from.between(0, 255));
    const size_t at = from.byte() < 128 ? near : near * data.size() / 256;
    if (at < data.size()) data[at] = from.byte();
  }
  if (from.byte() < 16) data.resize(static_cast<size_t>(from.between(0, 255)));
  return data;
}

void fuzz_coder(Bytes& from) {
  xl_model* model = any_model(from);
  if (model == nullptr) return;
  xl_coder* coder = nullptr;
  xl_memory* memory = nullptr;
  const std::vector<uint8_t> file = any_memory(from);
  const int32_t mixed = xl_memory_open(file.data(), file.size(), &memory) == XL_OK ? 1 : 0;
  if (xl_coder_create(model, mixed, &coder) == XL_OK) {
    if (mixed == 1) xl_coder_remember(coder, memory);
    const std::vector<uint8_t> code = from.some(60);
    std::vector<uint8_t> text(64);
    if (xl_coder_load(coder, code.data(), code.size()) == XL_OK) {
      xl_coder_decode(coder, static_cast<size_t>(from.between(0, 64)), text.data());
    }
    xl_coder_release(coder);
  }
  xl_memory_release(memory);
  xl_model_release(model);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  Bytes from(data, n);
  switch (from.byte() % 4) {
    case 0:
    case 1:
      fuzz_sampler(from);
      break;
    case 2:
      fuzz_engine(from);
      break;
    default:
      fuzz_coder(from);
  }
  return 0;
}

#ifdef XL_FUZZ_MAIN
int main(int argc, char** argv) {
  double seconds = 30;
  uint64_t state = 0x9E3779B97F4A7C15ull;
  for (int i = 1; i < argc; ++i) {
    const std::string argument(argv[i]);
    if (argument.rfind("-max_total_time=", 0) == 0) seconds = std::atof(argv[i] + 16);
    if (argument.rfind("-seed=", 0) == 0) state += std::strtoull(argv[i] + 6, nullptr, 10);
  }
  const auto begin = std::chrono::steady_clock::now();
  uint64_t runs = 0;
  while (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() <
         seconds) {
    std::vector<uint8_t> input(16 + (state >> 20) % 20000);
    for (uint8_t& one : input) {
      state ^= state << 13, state ^= state >> 7, state ^= state << 17;
      one = static_cast<uint8_t>(state);
    }
    LLVMFuzzerTestOneInput(input.data(), input.size());
    ++runs;
  }
  std::printf("Done %llu runs\n", static_cast<unsigned long long>(runs));
  return 0;
}
#endif
