/// The KV cache of one sequence: a ring over positions, for each layer and head.
#pragma once

#include <algorithm>
#include <vector>

#include "cpu/model/arena.h"
#include "cpu/model/model.h"
#include "engine/kv_cache.h"

namespace xinglin::cpu {

class KvCache : public xinglin::KvCache {
 public:
  /// Room for the context and for `chunk` positions that are computed together.
  KvCache(const Model& model, int chunk);

  /// Memory of one.
  static size_t bytes(const Model& model, int chunk);

  const HeadView& head(int layer, int head) const {
    return heads_[static_cast<size_t>(layer) * static_cast<size_t>(heads_per_layer_) +
                  static_cast<size_t>(head)];
  }
  int64_t length() const override { return length_; }
  /// Take in the bytes of the next `count` steps, before these: n-grams look back on them.
  void remember(const uint8_t* bytes, int count);
  /// Copy the bytes of up to `most` steps before position `end`, oldest first; returns of how many.
  int recall(int64_t end, int most, uint8_t* bytes) const;
  void advance(int rows) {
    length_ += rows;
    replays_ = false;
  }
  /// (2, E) keys and values of the last step as one layer projected them; zeros before the first.
  /// Only of models that mix them.
  float* raw(int layer) { return raw_.data() + static_cast<size_t>(layer) * raw_width_; }
  /// Whether the next step's keys and values are in already: it is read only for what it projects.
  bool replays() const { return replays_; }
  bool whole() const override {
    return length_ <= static_cast<int64_t>(std::min(bytes_.size() / step_bytes_,
                                                    static_cast<size_t>(panels_) * kLanes));
  }
  /// The other has the same chunk. Of a model that mixes the last step has to be read again, since
  /// what it projected is known of the other's last step only.
  void copy(const xinglin::KvCache& from, int64_t length) override;
  /// Begin another sequence, or go back to a position whose context is still there; of a model that
  /// mixes only to the beginning. What lies beyond is overwritten before it is read.
  void rewind(int64_t length) override;
  int panels() const { return panels_; }

 private:
  int heads_per_layer_;
  int panels_;
  size_t step_bytes_;
  int64_t length_ = 0;
  bool replays_ = false;
  size_t raw_width_;  // 0 when nothing is mixed
  std::vector<float> raw_;
  Arena arena_;
  std::vector<uint8_t> bytes_;  // ring by position
  std::vector<HeadView> heads_;
};

}  // namespace xinglin::cpu
