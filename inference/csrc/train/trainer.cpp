#include "train/trainer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "train/adam.h"
#include "train/clock.h"

namespace xinglin::train {
namespace {

constexpr float kMomentum = 0.95F;
constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.95;
constexpr float kAdamEpsilon = 1e-8F;

/// Rows that a thread takes through the model together: enough that its products are long, few
/// enough that a layer of them stays in the cache.
constexpr int kRowsTogether = 256;

/// Rough cost of moving a tensor, for sharing the work.
int64_t cost(const TensorInfo& tensor) {
  return tensor.kind == Kind::kBlock ? 100 * tensor.size() : tensor.size();
}

AdamStep adam_step(double rate, int64_t step) {
  const auto t = static_cast<double>(step);
  return {static_cast<float>(rate / (1.0 - std::pow(kBeta1, t))), static_cast<float>(kBeta1),
          static_cast<float>(kBeta2),
          static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(kBeta2, t))), kAdamEpsilon};
}

}  // namespace

Trainer::Trainer(const xt_shape& shape, const Kernels& kernels, int threads)
    : kernels_(kernels),
      model_(shape),
      weights_(model_, kernels_),
      batch_(model_),
      first_(model_.weights_size()),
      second_(model_.weights_size()),
      pool_(threads) {
  int most = 0;
  for (const TensorInfo& tensor : model_.tensors()) {
    if (tensor.kind == Kind::kBlock) most = std::max(most, tensor.rows);
  }
  for (int i = 0; i < threads; ++i) {
    passes_.emplace_back(model_, kernels_);
    gradients_.emplace_back(model_.gradients_size());
    muons_.emplace_back(kernels_, most, model_.sizes().width);
  }
  deal_out();
}

/// The largest first, each to the thread that has least.
void Trainer::deal_out() {
  shares_.resize(static_cast<size_t>(pool_.size()));
  std::vector<int64_t> costs(shares_.size());
  std::vector<int> order;
  for (size_t i = 0; i < model_.tensors().size(); ++i) order.push_back(static_cast<int>(i));
  const auto cost_of = [this](int i) { return cost(model_.tensors()[static_cast<size_t>(i)]); };
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return cost_of(a) > cost_of(b); });
  for (const int i : order) {
    const auto least = std::min_element(costs.begin(), costs.end());
    *least += cost_of(i);
    shares_[static_cast<size_t>(least - costs.begin())].push_back(i);
  }
}

xt_tensor Trainer::tensor(int i) const {
  const TensorInfo& info = model_.tensors().at(static_cast<size_t>(i));
  float* second = info.kind == Kind::kBlock ? nullptr : second_.get() + info.offset;
  return {info.name.c_str(),          info.rows, info.columns, weights_.tensor(i),
          first_.get() + info.offset, second};
}

void Trainer::set_teacher(const float* const* weights) {
  auto teacher = std::make_unique<Weights>(model_, kernels_);
  for (size_t i = 0; i < model_.tensors().size(); ++i) {
    std::copy_n(weights[i], model_.tensors()[i].size(), teacher->tensor(static_cast<int>(i)));
  }
  teacher->pack(0, 1);
  teacher_ = std::move(teacher);
}

double Trainer::run(const xt_batch& given, bool learn) {
  batch_.read(given, learn);
  if (batch_.any_distilled() && !teacher_) throw std::invalid_argument("no teacher");
  const int together = std::max(1, std::min(kRowsTogether / batch_.rows(),
                                            (batch_.windows() + pool_.size() - 1) / pool_.size()));
  weights_.set_windows(batch_.rows(), batch_.reach());
  if (batch_.any_distilled()) teacher_->set_windows(batch_.rows(), batch_.reach());
  for (Pass& pass : passes_) {
    pass.fit(together, batch_.rows(), batch_.reach(), batch_.any_distilled());
  }
  pool_.run([&](int thread) {
    weights_.pack(thread, pool_.size());
    weights_.draw_lines(thread, pool_.size());
    if (batch_.any_distilled()) teacher_->draw_lines(thread, pool_.size());
  });
  std::vector<double> losses(passes_.size());
  pool_.run([&](int thread) {
    const auto me = static_cast<size_t>(thread);
    float* gradients = learn ? gradients_[me].get() : nullptr;
    if (learn) gradients_[me].clear();
    for (int b = thread * together; b < batch_.windows(); b += pool_.size() * together) {
      const int count = std::min(together, batch_.windows() - b);
      losses[me] += passes_[me].run(weights_, teacher_.get(), batch_, b, count, gradients);
    }
  });
  double loss = 0.0;
  for (const double one : losses) loss += one;
  return loss;
}

/// All threads' gradients, in their order, into the first one's; whether they are numbers.
bool Trainer::sum_gradients() {
  const int parts = pool_.size();
  const int64_t lines = model_.gradients_size() / kLanes;
  const auto begin = [&](int part) { return lines * part / parts * kLanes; };
  std::vector<std::vector<const float*>> others(gradients_.size());
  for (int part = 0; part < parts; ++part) {
    for (size_t i = 1; i < gradients_.size(); ++i) {
      others[static_cast<size_t>(part)].push_back(gradients_[i].get() + begin(part));
    }
  }
  std::vector<float> squares(gradients_.size());
  pool_.run([&](int part) {
    const auto me = static_cast<size_t>(part);
    squares[me] = kernels_.add_arrays(gradients_[0].get() + begin(part), others[me].data(),
                                      parts - 1, begin(part + 1) - begin(part));
  });
  return std::all_of(squares.begin(), squares.end(), [](float s) { return std::isfinite(s); });
}

bool Trainer::step(const xt_batch& batch, const xt_rates& rates, double* loss) {
  *loss = run(batch, true);
  if (!std::isfinite(*loss) || !sum_gradients()) return false;
  optimize(rates);
  return true;
}

void Trainer::optimize(const xt_rates& rates) {
  const double began = thread_seconds();
  ++steps_;
  const MuonStep muon = {static_cast<float>(rates.muon_lr), kMomentum,
                         static_cast<float>(rates.weight_decay)};
  const AdamStep adam = adam_step(rates.adam_lr, steps_);
  pool_.run([&](int thread) { move(thread, muon, adam); });
  optimizer_s_ += thread_seconds() - began;
}

void Trainer::move(int thread, const MuonStep& muon, const AdamStep& adam) {
  for (const int i : shares_[static_cast<size_t>(thread)]) {
    const TensorInfo& info = model_.tensors()[static_cast<size_t>(i)];
    const float* gradient = gradients_[0].get() + info.place;
    float* weight = weights_.tensor(i);
    float* first = first_.get() + info.offset;
    if (info.kind == Kind::kBlock) {
      muons_[static_cast<size_t>(thread)].step(muon, gradient, info.rows, weight, first);
      continue;
    }
    for (int r = 0; r < info.rows; ++r) {
      const int64_t at = static_cast<int64_t>(r) * info.columns;
      kernels_.adam_array(gradient + r * info.stride, adam, info.columns, weight + at, first + at,
                          second_.get() + info.offset + at);
    }
  }
}

bool Trainer::gradients(const xt_batch& batch, double* loss, float* const* gradients) {
  *loss = run(batch, true);
  const bool finite = std::isfinite(*loss) && sum_gradients();
  for (size_t i = 0; i < model_.tensors().size(); ++i) {
    const TensorInfo& info = model_.tensors()[i];
    for (int r = 0; r < info.rows; ++r) {
      std::copy_n(gradients_[0].get() + info.place + r * info.stride, info.columns,
                  gradients[i] + static_cast<int64_t>(r) * info.columns);
    }
  }
  return finite;
}

void Trainer::losses(const xt_batch& batch, float* losses) {
  run(batch, false);
  batch_.write_losses(losses);
}

xt_times Trainer::times() const {
  xt_times times = {0.0, 0.0, optimizer_s_};
  for (const Pass& pass : passes_) {
    times.forward += pass.forward_s();
    times.backward += pass.backward_s();
  }
  return times;
}

}  // namespace xinglin::train
