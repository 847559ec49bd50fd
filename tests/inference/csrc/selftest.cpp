// Compares every instruction set that this processor has with plain scalar code, on random numbers
// and edge shapes. Needs nothing but the library's own objects: it also runs in an emulator.
//
//   xinglin_selftest [ISA ...]    default: all that run here
//
// One line a case, a summary, exit code 0 when all passed, 1 when one failed, 2 when an asked
// instruction set is not there.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "batch_tuner_case.h"
#include "plain.h"
#include "random_model.h"
#include "report.h"
#include "xinglin.h"

namespace {

using namespace selftest;

void require_ok(int32_t status, const char* what) {
  if (status == XL_OK) return;
  std::printf("FAIL  %s: %s\n", what, xl_status_text(status));
  std::exit(1);
}

void test_quantize(const std::string& isa) {
  Random random(1);
  for (const int d : {1, 3, 15, 16, 17, 48, 64, 96, 192, 255}) {
    const int rows = 5;
    std::vector<float> x = random.normals(size(rows) * size(d));
    for (int i = 0; i < d; ++i) x[size(d) + size(i)] = 0.0F;         // a zero row
    for (int i = 0; i < d; ++i) x[2 * size(d) + size(i)] *= 1e-38F;  // below the smallest
    for (int i = 0; i < d; ++i) x[3 * size(d) + size(i)] *= 1e30F;   // very large
    for (int i = 0; i < d; ++i) {  // halves, where rounding could go either way
      x[4 * size(d) + size(i)] = i == 0 ? 127.0F : static_cast<float>(i % 99 - 49) + 0.5F;
    }
    std::vector<int8_t> q(x.size());
    std::vector<int8_t> expected(x.size());
    std::vector<float> scale(size(rows));
    require_ok(xl_op_quantize(isa.c_str(), x.data(), rows, d, q.data(), scale.data()), "quantize");
    bool same = true;
    for (int r = 0; r < rows; ++r) {
      same &=
          scale[size(r)] == plain_quantize(&x[size(r) * size(d)], d, &expected[size(r) * size(d)]);
    }
    report(isa + " quantize d=" + std::to_string(d), same && q == expected);
  }
}

void test_linear(const std::string& isa) {
  Random random(2);
  for (const int rows : {1, 2, 3, 4, 5, 7, 8, 33}) {
    for (const int d : {1, 4, 7, 16, 24, 96, 192, 1000}) {
      for (const int o : {1, 16, 17, 64, 80, 256}) {
        const std::vector<float> x = random.normals(size(rows) * size(d));
        const std::vector<int8_t> w = random.weights(size(o) * size(d));
        const std::vector<float> scale = random.normals(size(o));
        std::vector<float> y(size(rows) * size(o));
        std::vector<float> expected(y.size());
        const xl_matrix matrix{w.data(), scale.data()};
        require_ok(xl_op_linear(isa.c_str(), x.data(), rows, d, &matrix, o, y.data()), "linear");
        plain_linear(x.data(), rows, d, w.data(), scale.data(), o, expected.data());
        if (y == expected && (o != 256 || d != 192)) continue;  // a line only for a sample
        report(isa + " linear " + std::to_string(rows) + "x" + std::to_string(d) + "x" +
                   std::to_string(o),
               y == expected);
      }
    }
  }
  const std::vector<float> x(192, 1.0F);
  for (const int8_t extreme : {int8_t{127}, int8_t{-127}}) {  // the largest sums there are
    const std::vector<int8_t> w(size_t{16} * 192, extreme);
    const std::vector<float> scale(16, 1.0F);
    const xl_matrix matrix{w.data(), scale.data()};
    std::vector<float> y(16);
    require_ok(xl_op_linear(isa.c_str(), x.data(), 1, 192, &matrix, 16, y.data()), "linear");
    const float expected = static_cast<float>(192 * 127 * extreme) * (1.0F / 127.0F);
    report(isa + " linear of extremes", y == std::vector<float>(16, expected));
  }
}

void test_exp(const std::string& isa) {
  std::vector<float> x;
  for (int i = 0; i <= 100000; ++i) x.push_back(-90.0F * static_cast<float>(i) / 100000.0F);
  x.push_back(-std::numeric_limits<float>::infinity());
  x.push_back(-std::numeric_limits<float>::denorm_min());
  std::vector<float> y(x.size());
  std::vector<float> portable(x.size());
  const int n = static_cast<int>(x.size());
  require_ok(xl_op_exp(isa.c_str(), x.data(), n, y.data()), "exp");
  require_ok(xl_op_exp("portable", x.data(), n, portable.data()), "exp");
  double worst = 0.0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] > -80.0F) {
      worst = std::max(worst, std::fabs(y[i] / std::exp(static_cast<double>(x[i])) - 1.0));
    } else {
      worst = std::max(worst, static_cast<double>(std::fabs(y[i])));
    }
  }
  report(isa + " exp", worst < 3e-7 && y == portable, worst);
}

void test_group_norm(const std::string& isa) {
  Random random(3);
  struct Shape {
    int d, groups;
  };
  for (const Shape s :
       {Shape{16, 1}, {24, 2}, {96, 16}, {384, 8}, {768, 16}, {7, 7}, {45, 3}, {192, 1}, {36, 2}}) {
    const int rows = 3;
    std::vector<float> x = random.normals(size(rows) * size(s.d));
    for (int i = 0; i < s.d; ++i) x[size(i)] = 2.5F;           // no variance
    for (int i = 0; i < s.d; ++i) x[size(s.d + i)] += 100.0F;  // a large mean
    std::vector<float> y(x.size());
    std::vector<float> portable(x.size());
    require_ok(xl_op_group_norm(isa.c_str(), x.data(), rows, s.d, s.groups, y.data()), "norm");
    require_ok(xl_op_group_norm("portable", x.data(), rows, s.d, s.groups, portable.data()),
               "norm");
    double worst = 0.0;
    std::vector<double> expected(size(s.d));
    for (int r = 0; r < rows; ++r) {
      plain_group_norm(&x[size(r) * size(s.d)], s.d, s.groups, expected.data());
      for (int i = 0; i < s.d; ++i) {
        worst = std::max(worst, std::fabs(y[size(r * s.d + i)] - expected[size(i)]));
      }
    }
    report(isa + " group norm d=" + std::to_string(s.d) + " groups=" + std::to_string(s.groups),
           worst < 5e-4 && y == portable, worst);
  }
}

void test_attention(const std::string& isa) {
  Random random(4);
  for (const int r : {1, 5, 16, 24, 48, 64, 80}) {
    for (const int context : {1, 2, 15, 16, 33, 100}) {
      const int n = 75;
      const size_t count = size(n) * size(r);
      const std::vector<float> key = random.normals(count);
      const std::vector<float> query = random.normals(count);
      const std::vector<float> value = random.normals(count);
      const std::vector<float> pe = random.normals(size(context));
      std::vector<float> portable(count);
      double worst = 0.0;
      bool same = true;
      for (const int chunk : {1, 2, 3, 4}) {
        std::vector<float> y(count);
        require_ok(xl_op_attention(isa.c_str(), key.data(), query.data(), value.data(), pe.data(),
                                   n, r, context, chunk, y.data()),
                   "attention");
        if (chunk == 1) {
          require_ok(xl_op_attention("portable", key.data(), query.data(), value.data(), pe.data(),
                                     n, r, context, chunk, portable.data()),
                     "attention");
          std::vector<double> expected(size(r));
          for (int t = 0; t < n; ++t) {
            plain_attention(key.data(), query.data(), value.data(), pe.data(), t, r, context,
                            expected.data());
            for (int i = 0; i < r; ++i) {
              worst = std::max(worst, std::fabs(y[size(t * r + i)] - expected[size(i)]));
            }
          }
        }
        same &= y == portable;
      }
      report(isa + " attention r=" + std::to_string(r) + " context=" + std::to_string(context),
             same && worst < 3e-4, worst);  // a weight on an edge may fall either way
    }
  }
}

xl_model* open_model(const RandomModel& model, const std::string& isa) {
  xl_model* opened = nullptr;
  require_ok(xl_model_create(&model.source, isa.c_str(), &opened), "model");
  return opened;
}

std::vector<uint8_t> random_bytes(size_t n) {
  Random random(6);
  std::vector<uint8_t> bytes(n);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random.integer(0, 255));
  return bytes;
}

std::vector<float> logits_of(const RandomModel& model, const std::string& isa, int chunk,
                             const std::vector<uint8_t>& bytes) {
  xl_model* opened = open_model(model, isa);
  std::vector<float> logits(bytes.size() * 256);
  require_ok(xl_model_logits(opened, bytes.data(), bytes.size(), chunk, logits.data()), "logits");
  xl_model_release(opened);
  return logits;
}

struct Sizes {
  int width, heads, layers, context, step_bytes;
};

void test_model(const std::string& isa) {
  for (const Sizes s : {Sizes{16, 1, 2, 8, 1},
                        {24, 2, 2, 20, 1},
                        {18, 3, 1, 1, 1},
                        {96, 4, 3, 48, 1},
                        {192, 4, 2, 64, 1},
                        {24, 2, 2, 9, 2},
                        {18, 3, 1, 1, 2},
                        {192, 4, 2, 64, 2}}) {
    const RandomModel model(s.width, s.heads, s.layers, s.context, s.step_bytes);
    const std::vector<uint8_t> bytes = random_bytes(91);
    const std::vector<float> expected = logits_of(model, "portable", 1, bytes);
    bool same =
        std::all_of(expected.begin(), expected.end(), [](float x) { return std::isfinite(x); });
    for (const int chunk : {1, 2, 5, 64}) same &= logits_of(model, isa, chunk, bytes) == expected;
    report(isa + " model " + std::to_string(s.width) + "x" + std::to_string(s.layers) +
               " heads=" + std::to_string(s.heads) + " context=" + std::to_string(s.context) +
               " step=" + std::to_string(s.step_bytes),
           same);
  }
}

/// The bytes that `count` prompts of different lengths are continued with, decoded together.
std::vector<std::vector<uint8_t>> decode(const RandomModel& model, const std::string& isa,
                                         int count, int threads, int max_batch) {
  xl_model* opened = open_model(model, isa);
  const xl_engine_config config{threads, max_batch, 32, 1 << 20};
  xl_engine* engine = nullptr;
  require_ok(xl_engine_open(opened, &config, &engine), "engine");
  xl_model_release(opened);
  std::vector<uint8_t> table(512, 0);  // every byte allowed, no end
  const std::vector<uint8_t> bytes = random_bytes(200);
  std::vector<xl_sequence*> sequences(size(count));
  for (int i = 0; i < count; ++i) {
    xl_request request{};
    request.prompt = bytes.data() + i;
    request.prompt_bytes = size(1 + 11 * i % 70);
    request.sampling = {i % 5, 40, 1.0, 1.0, 0.9, 0.05, size(i)};
    request.automaton = {table.data(), 2};
    request.max_bytes = 40;
    request.deadline_s = HUGE_VAL;
    require_ok(xl_engine_submit(engine, &request, &sequences[size(i)]), "submit");
  }
  std::vector<std::vector<uint8_t>> found;
  for (xl_sequence* sequence : sequences) {
    xl_sequence_state state{};
    require_ok(xl_sequence_wait(sequence, SIZE_MAX, HUGE_VAL, &state), "wait");
    std::vector<uint8_t> data(state.bytes);
    require_ok(xl_sequence_read(sequence, 0, data.size(), data.data()), "read");
    found.push_back(data);
    xl_sequence_release(sequence);
  }
  xl_engine_release(engine);
  return found;
}

void test_engine(const std::string& isa) {
  for (const int step_bytes : {1, 2}) {
    const RandomModel model(48, 3, 2, 32, step_bytes);
    const auto expected = decode(model, "portable", 9, 1, 1);
    const std::string name = isa + " engine, step=" + std::to_string(step_bytes);
    report(name + ", alone", decode(model, isa, 9, 1, 1) == expected);
    report(name + ", together", decode(model, isa, 9, 1, 9) == expected);
    report(name + ", two threads", decode(model, isa, 9, 2, 3) == expected);
  }
}

/// Threads that submit, read, cancel and forget, while the engine is closed under them.
void test_disorder(const std::string& isa) {
  const RandomModel model(16, 1, 1, 8);
  xl_model* opened = open_model(model, isa);
  bool fine = true;
  for (int round = 0; round < 5; ++round) {
    const xl_engine_config config{2, 3, 4, 1 << 16};
    xl_engine* engine = nullptr;
    require_ok(xl_engine_open(opened, &config, &engine), "engine");
    std::vector<std::thread> visitors;
    for (int i = 0; i < 6; ++i) {
      visitors.emplace_back([engine, i] {
        const std::vector<uint8_t> table(512, 0);
        for (int j = 0; j < 30; ++j) {
          xl_request request{};
          const uint8_t prompt[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
          request.prompt = prompt;
          request.prompt_bytes = sizeof prompt;
          request.sampling = {XL_WYGPT, 0, 1.0, 0.0, 0.0, 0.0, 0};
          request.automaton = {table.data(), 2};
          request.max_bytes = 10 + j;
          request.deadline_s = j % 5 == 0 ? 0.001 : 100.0;
          xl_sequence* sequence = nullptr;
          if (xl_engine_submit(engine, &request, &sequence) != XL_OK) continue;  // closed
          xl_sequence_state state{};
          if ((i + j) % 3 == 0) xl_sequence_cancel(sequence);
          if ((i + j) % 4 != 0) {
            (void)xl_sequence_wait(sequence, 3, 5.0, &state);
            std::vector<uint8_t> data(state.bytes);
            (void)xl_sequence_read(sequence, 0, data.size(), data.data());
          }
          xl_sequence_release(sequence);
        }
      });
    }
    xl_engine_stats stats{};
    if (round % 2 == 0) xl_engine_close(engine);
    for (std::thread& visitor : visitors) visitor.join();
    xl_engine_close(engine);
    require_ok(xl_engine_stats_get(engine, &stats), "stats");
    fine &= stats.sequences_finished == stats.sequences_submitted;
    fine &= stats.active == 0 && stats.waiting == 0;
    xl_engine_release(engine);
  }
  xl_model_release(opened);
  report(isa + " engine, closed in disorder", fine);
}

bool runs_here(const std::string& isa) {
  for (int i = 0; xl_isa_name(i) != nullptr; ++i) {
    if (isa == xl_isa_name(i)) return true;
  }
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> isas(arguments + 1, arguments + count);
  if (isas.empty()) {
    for (int i = 0; xl_isa_name(i) != nullptr; ++i) isas.push_back(xl_isa_name(i));
  }
  report("batch tuner", batch_tuner_learns());
  for (const std::string& isa : isas) {
    if (!runs_here(isa)) {
      std::printf("this processor cannot run %s\n", isa.c_str());
      return 2;
    }
    test_quantize(isa);
    test_linear(isa);
    test_exp(isa);
    test_group_norm(isa);
    test_attention(isa);
    test_model(isa);
    test_engine(isa);
    test_disorder(isa);
  }
  std::printf("%d cases, %d failed\n", cases, failures);
  return failures == 0 ? 0 : 1;
}
