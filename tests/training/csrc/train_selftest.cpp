// Compares what every instruction set of this machine makes of the same models and batches with the
// portable one: losses, gradients, and the weights after some steps. Runs without Python, so also
// under an emulator and under sanitizers. Prints one line a case; returns the number that failed.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "xinglin_train.h"

namespace {

struct Case {
  const char* name;
  int family, width, heads, layers, context, mixing;
  std::vector<int> orders, rows;
  int windows, steps, reach;
  bool distilled;
  bool small;  // groups of few numbers: bfloat16 is too coarse to compare
};

const std::vector<Case> kCases = {
    {"bytes", XT_BYTE, 48, 3, 2, 40, 0, {}, {}, 3, 50, 40, false, false},
    {"tables", XT_BYTE, 64, 2, 1, 33, 0, {1, 3}, {50, 50}, 2, 31, 20, true, false},
    {"one step", XT_BYTE, 32, 1, 1, 8, 0, {}, {}, 2, 1, 8, false, false},
    {"pairs", XT_PAIR, 96, 2, 1, 70, 1, {1, 2, 3}, {50, 60, 70}, 2, 65, 70, true, false},
    {"odd", XT_PAIR, 21, 3, 2, 30, 1, {2}, {40}, 3, 19, 7, false, true},
};

/// Numbers of a fixed sequence, in [-1, 1).
class Numbers {
 public:
  float next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<float>(static_cast<int32_t>(state_ >> 32)) * 0x1p-31F;
  }
  uint8_t byte() { return static_cast<uint8_t>((next() + 1.0F) * 127.9F); }

 private:
  uint64_t state_ = 12345;
};

struct Outcome {
  double loss = 0.0;
  double last = 0.0;
  std::vector<std::vector<float>> gradients;
  std::vector<float> losses;
};

int failures = 0;

void check(bool fine, const std::string& what) {
  if (!fine) ++failures;
  std::printf("%s %s\n", fine ? "ok  " : "FAIL", what.c_str());
}

void need(int32_t status) {
  if (status != XT_OK) {
    std::printf("FAIL %s\n", xt_status_text(status));
    std::exit(1);
  }
}

std::vector<xt_tensor> tensors_of(const xt_trainer* trainer) {
  std::vector<xt_tensor> found;
  xt_tensor tensor;
  for (int i = 0; xt_trainer_tensor(trainer, i, &tensor) == XT_OK; ++i) found.push_back(tensor);
  return found;
}

void fill(const std::vector<xt_tensor>& tensors, Numbers& numbers) {
  for (const xt_tensor& tensor : tensors) {
    const bool table = std::strstr(tensor.name, "ngram") || std::strstr(tensor.name, "pe");
    const float scale = table ? 0.8F : 1.7F / std::sqrt(static_cast<float>(tensor.columns));
    for (int k = 0; k < tensor.rows * tensor.columns; ++k)
      tensor.weight[k] = scale * numbers.next();
  }
}

Outcome outcome_of(const Case& one, const char* isa, int threads) {
  Numbers numbers;
  const int each = one.family == XT_PAIR ? 2 : 1;
  std::vector<float> embedding(static_cast<size_t>(each * 256 * one.width));
  for (float& x : embedding) x = numbers.next() > 0 ? 1.0F : -1.0F;
  const xt_shape shape = {one.family,
                          one.width,
                          one.heads,
                          one.layers,
                          one.context,
                          one.mixing,
                          static_cast<int>(one.rows.size()),
                          one.orders.data(),
                          one.rows.data(),
                          embedding.data()};
  xt_trainer* trainer = nullptr;
  need(xt_trainer_create(&shape, isa, threads, &trainer));
  const std::vector<xt_tensor> tensors = tensors_of(trainer);
  fill(tensors, numbers);
  if (one.distilled) {
    std::vector<const float*> weights;
    for (const xt_tensor& tensor : tensors) weights.push_back(tensor.weight);
    need(xt_trainer_set_teacher(trainer, weights.data()));
    fill(tensors, numbers);
  }
  std::vector<uint8_t> data(static_cast<size_t>(one.windows * (one.steps + 1) * each));
  for (uint8_t& byte : data) byte = numbers.byte();
  std::vector<float> weights(static_cast<size_t>(one.windows * one.steps * each));
  for (float& w : weights) w = std::fabs(numbers.next()) + 0.1F;
  std::vector<uint8_t> distilled(static_cast<size_t>(one.windows), 0);
  distilled[0] = one.distilled;
  const xt_batch batch = {one.windows,    one.steps,        data.data(),
                          weights.data(), distilled.data(), one.reach};
  Outcome outcome;
  std::vector<float*> places;
  for (const xt_tensor& tensor : tensors) {
    outcome.gradients.emplace_back(static_cast<size_t>(tensor.rows * tensor.columns));
  }
  for (std::vector<float>& gradient : outcome.gradients) places.push_back(gradient.data());
  need(xt_trainer_gradients(trainer, &batch, &outcome.loss, places.data()));
  outcome.losses.resize(weights.size());
  need(xt_trainer_losses(trainer, &batch, outcome.losses.data()));
  const xt_rates rates = {0.004, 0.002, 0.02};
  for (int i = 0; i < 2; ++i) need(xt_trainer_step(trainer, &batch, &rates, &outcome.last));
  xt_trainer_release(trainer);
  return outcome;
}

/// The largest distance of a gradient from what it is to be, over the largest gradient's norm.
double distance(const Outcome& a, const Outcome& b) {
  double most = 0.0;
  double size = 0.0;
  for (size_t i = 0; i < a.gradients.size(); ++i) {
    double apart = 0.0;
    double norm = 0.0;
    for (size_t k = 0; k < a.gradients[i].size(); ++k) {
      apart += std::pow(a.gradients[i][k] - b.gradients[i][k], 2.0);
      norm += std::pow(b.gradients[i][k], 2.0);
    }
    most = std::fmax(most, std::sqrt(apart));
    size = std::fmax(size, std::sqrt(norm));
  }
  return most / size;
}

void compare(const Case& one, const char* isa, const Outcome& exact) {
  const bool half = std::strstr(isa, "bf16") != nullptr;
  const double tolerance = half ? (one.small ? 1.0 : 0.06) : 1e-3;
  const std::string what = std::string(isa) + " " + one.name;
  for (int threads = 1; threads <= 3; threads += 2) {
    const Outcome found = outcome_of(one, isa, threads);
    const double off = distance(found, exact);
    const bool alike = std::fabs(found.loss - exact.loss) < tolerance &&
                       std::fabs(found.last - exact.last) < 2 * tolerance && off < tolerance;
    check(alike, what + ", threads " + std::to_string(threads) + ": loss " +
                     std::to_string(found.loss) + " then " + std::to_string(found.last) +
                     ", gradients off by " + std::to_string(off));
    check(found.last < found.loss, what + " learns");
    if (threads == 1) continue;
    const Outcome again = outcome_of(one, isa, threads);
    check(again.gradients == found.gradients && again.last == found.last, what + " again");
  }
}

}  // namespace

int main() {
  for (const Case& one : kCases) {
    const Outcome exact = outcome_of(one, "portable", 1);
    for (int i = 0; xt_isa_name(i) != nullptr; ++i) compare(one, xt_isa_name(i), exact);
  }
  std::printf("%d failed\n", failures);
  return failures;
}
