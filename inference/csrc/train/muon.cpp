#include "train/muon.h"

#include <algorithm>
#include <cmath>

namespace xinglin::train {
namespace {

constexpr float kFirst = 3.4445F;
constexpr float kSecond = -4.7750F;
constexpr float kThird = 2.0315F;
constexpr int kIterations = 5;
constexpr float kSmallest = 1e-7F;

}  // namespace

Muon::Muon(const Kernels& kernels, int rows, int columns)
    : kernels_(kernels), columns_(columns), stride_(padded(columns)) {
  const int64_t large = static_cast<int64_t>(padded(rows)) * stride_;
  const int64_t small = static_cast<int64_t>(stride_) * stride_;
  x_ = Memory<float>(large);
  gram_ = Memory<float>(small);
  square_ = Memory<float>(small);
  elements_ = Memory<char>(large * kernels.element);
  small_ = Memory<char>(small * kernels.element);
  woven_ = Memory<uint32_t>(large / kernels.pair);
  small_woven_ = Memory<uint32_t>(small / kernels.pair);
}

void Muon::step(const MuonStep& step, const float* gradient, int rows, float* weight,
                float* momentum) {
  const float norm = direct(step, gradient, rows, momentum);
  const int64_t size = static_cast<int64_t>(padded(rows)) * stride_;
  kernels_.scale_array(x_.get(), 1.0F / (norm + kSmallest), size, x_.get());
  for (int i = 0; i < kIterations; ++i) iterate(rows);
  const float ratio = static_cast<float>(rows) / static_cast<float>(columns_);
  const float by = -step.rate * std::sqrt(std::fmax(1.0F, ratio));
  for (int r = 0; r < rows; ++r) {
    const int64_t at = static_cast<int64_t>(r) * columns_;
    kernels_.move_array(x_.get() + static_cast<int64_t>(r) * stride_, by,
                        1.0F - step.rate * step.decay, columns_, weight + at);
  }
}

/// Moves the momentum; the direction goes to x_. Returns its norm.
float Muon::direct(const MuonStep& step, const float* gradient, int rows, float* momentum) {
  x_.clear();
  double squares = 0.0;
  for (int r = 0; r < rows; ++r) {
    const int64_t from = static_cast<int64_t>(r) * stride_;
    const int64_t at = static_cast<int64_t>(r) * columns_;
    squares += static_cast<double>(kernels_.blend_momentum(gradient + from, step.momentum, columns_,
                                                           momentum + at, x_.get() + from));
  }
  return static_cast<float>(std::sqrt(squares));
}

/// x = a x + x (b gram + c gram^2)
void Muon::iterate(int rows) {
  const int all = padded(rows);
  const int64_t small = static_cast<int64_t>(stride_) * stride_;
  const int64_t panel = static_cast<int64_t>(stride_) / kernels_.pair * kLanes;
  gram(all);
  kernels_.to_elements(gram_.get(), stride_, stride_, stride_, small_.get(), stride_);
  kernels_.weave(small_.get(), stride_, stride_, stride_, small_woven_.get(), panel);
  const Right by_gram = {small_woven_.get(), panel};
  symmetric(rows_left(small_.get(), stride_ / kernels_.pair), by_gram, stride_ / kernels_.pair,
            square_.get());
  kernels_.scale_array(gram_.get(), kSecond, small, gram_.get());
  kernels_.move_array(square_.get(), kThird, 1.0F, small, gram_.get());
  kernels_.to_elements(gram_.get(), stride_, stride_, stride_, small_.get(), stride_);
  kernels_.weave(small_.get(), stride_, stride_, stride_, small_woven_.get(), panel);
  kernels_.scale_array(x_.get(), kFirst, static_cast<int64_t>(all) * stride_, x_.get());
  kernels_.multiply(rows_left(elements_.get(), stride_ / kernels_.pair), by_gram, all,
                    stride_ / kLanes, stride_ / kernels_.pair, x_.get(), stride_, true);
}

/// gram = x^T x; x as elements stays in elements_.
void Muon::gram(int rows) {
  const int64_t panel = static_cast<int64_t>(rows) / kernels_.pair * kLanes;
  kernels_.to_elements(x_.get(), stride_, rows, stride_, elements_.get(), stride_);
  kernels_.weave(elements_.get(), stride_, rows, stride_, woven_.get(), panel);
  symmetric(woven_left(woven_.get(), panel), {woven_.get(), panel}, rows / kernels_.pair,
            gram_.get());
}

/// A product that is known to be symmetric: the half above the diagonal, some panels at a time.
void Muon::symmetric(const Left& a, const Right& b, int steps, float* c) {
  constexpr int kPanels = 3;
  const int panels = stride_ / kLanes;
  for (int first = 0; first < panels; first += kPanels) {
    const int until = std::min(first + kPanels, panels);
    kernels_.multiply(a, {b.words + first * b.panel, b.panel}, until * kLanes, until - first, steps,
                      c + first * kLanes, stride_, false);
  }
  kernels_.mirror(c, stride_, stride_);
}

}  // namespace xinglin::train
