/// Forward and backward pass of one thread over some windows.
///
/// Everything between two products is done on some dozens of rows while they are in the cache, and
/// what the backward pass needs is saved as elements: a layer of a window is read and written
/// twice.
#pragma once

#include <algorithm>
#include <vector>

#include "train/batch.h"
#include "train/saved.h"
#include "train/weights.h"

namespace xinglin::train {

/// Rows that go from one product to the next together.
constexpr int kRowsAtOnce = 128;

/// Calls function(first row, number of rows) for all of them.
template <class Function>
void in_parts(int rows, const Function& function) {
  for (int r = 0; r < rows; r += kRowsAtOnce) function(r, std::min(kRowsAtOnce, rows - r));
}

class Pass {
 public:
  Pass(const Model& model, const Kernels& kernels) : model_(model), kernels_(kernels) {}

  /// Make room for that many windows at a time, of that many rows. Throws std::bad_alloc.
  void fit(int windows, int rows, int reach, bool teaches);

  /// Windows first to first + count; writes their losses into the batch.
  /// gradients: added to, in the model's places; null: the losses are all.
  /// teacher: for windows that are distilled; may be null when none is.
  /// Returns sum(weight * loss).
  double run(const Weights& weights, const Weights* teacher, Batch& batch, int first, int count,
             float* gradients);

  double forward_s() const { return forward_s_; }
  double backward_s() const { return backward_s_; }

 private:
  struct SavedGate {
    char* x;
    GateRows rows;
  };
  struct SavedAttention {
    char* x;
    char* n;
    float* n_scale;
    AttendRows rows;
    char* raw;  // (rows, 2E) elements: keys and values before they are mixed
  };
  struct SavedLayer {
    SavedGate gate_in;
    SavedAttention attention;
    SavedGate gate_out;
  };
  /// A place among a row's targets, and the matrix that predicts it.
  struct Head {
    int id;
    int place;
    const char* y;
    char* slopes;
    float* teacher;
    float* d;  // gradient of y
  };

  char* elements(const char* from, int64_t n) const {
    return const_cast<char*>(from) + n * kernels_.element;
  }
  char* take_elements(int64_t n);
  float* take_floats(int64_t n);
  SavedGate take_gate();
  SavedAttention take_attend();
  char* take_bytes(int64_t n);
  void lay_out();

  Left left(const char* x, int64_t stride) const { return rows_left(x, stride / kernels_.pair); }
  void forward(const Packed& w, const Left& x, int rows, float* y, int64_t stride, bool add) const;
  void backward(const Packed& w, const Left& d, int rows, float* y, int64_t stride, bool add) const;
  void outer(int id, const char* d, int64_t d_stride, const char* x, int64_t x_stride,
             float* gradients);

  void trunk(const Weights& weights, const Batch& batch, int first);
  void embed(const Batch& batch, int first);
  void add_tables(const Weights& weights, const Batch& batch, int first);
  void gate(const Weights& weights, const GateIds& ids, const SavedGate& saved, float* x);
  void attend(const Weights& weights, int layer, const SavedAttention& saved, float* x);
  void project(const Weights& weights, int layer, const SavedAttention& saved, int first, int rows,
               const float* x);
  void second(const Weights& weights, const Batch& batch, int first);
  void teach(const Weights& teacher, const Batch& batch, int first);
  void expect(const Weights& teacher, const Head& head);
  double lose(const Weights& weights, Batch& batch, int first, const Head& head, bool learn);

  void trunk_backward(const Weights& weights, const Batch& batch, int first, float* gradients);
  void embed_backward(const Batch& batch, int first, float* gradients);
  void gate_backward(const Weights& weights, const GateIds& ids, const SavedGate& saved, float* d,
                     float* gradients);
  void attend_backward(const Weights& weights, int layer, const SavedAttention& saved, float* d,
                       float* gradients);
  void second_backward(const Weights& weights, const Batch& batch, int first, float* gradients);

  GateRows gate_part(const GateRows& saved, int r) const;
  Window window(const Weights& weights, int layer, const SavedAttention& saved, int i) const;
  AttendRows attended(const SavedAttention& saved, int i) const;
  float* gradient(float* gradients, int id) const;

  const Model& model_;
  const Kernels& kernels_;
  int windows_ = 0;  // at most, at a time
  int count_ = 0;    // now
  int rows_ = 0;     // of a window
  int reach_ = 0;
  bool teaches_ = false;
  int all_ = 0;  // rows of all windows now
  int64_t powers_ = 0;

  Memory<char> memory_;
  int64_t used_ = 0;
  std::vector<SavedLayer> layers_;
  SavedGate second_{};
  char* y_ = nullptr;
  char* second_y_ = nullptr;
  float* y_scale_ = nullptr;
  float* second_scale_ = nullptr;
  float* x_ = nullptr;
  float* d_ = nullptr;
  float* second_x_ = nullptr;
  float* second_d_ = nullptr;
  float* dy_ = nullptr;
  float* z_ = nullptr;
  float* before_ = nullptr;
  float* logits_ = nullptr;
  char* slopes_ = nullptr;
  char* second_slopes_ = nullptr;
  float* teacher_ = nullptr;
  float* second_teacher_ = nullptr;
  char* d_elements_ = nullptr;
  char* dz_ = nullptr;
  uint32_t* left_ = nullptr;
  uint32_t* right_ = nullptr;
  float* scratch_ = nullptr;
  double forward_s_ = 0.0;
  double backward_s_ = 0.0;
};

}  // namespace xinglin::train
