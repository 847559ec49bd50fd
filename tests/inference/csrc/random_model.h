// Models of random weights for the self-test.
#pragma once

#include <cmath>
#include <vector>

#include "plain.h"
#include "xinglin.h"

namespace selftest {

/// A model of random weights.
struct RandomModel {
  std::vector<std::vector<int8_t>> weights;
  std::vector<std::vector<float>> floats;
  std::vector<xl_block> blocks;
  std::vector<const float*> tables;
  xl_model_source source{};

  /// Pairs mix keys and values with those of the step before.
  RandomModel(int width, int heads, int layers, int context, int step_bytes = 1) {
    Random random(5);
    const auto matrix = [&](int o) {
      weights.push_back(random.weights(size(o) * size(width)));
      std::vector<float> scale(size(o));
      for (float& s : scale) {
        s = (1.0F + 0.1F * random.normal()) / (90.0F * std::sqrt(static_cast<float>(width)));
      }
      floats.push_back(scale);
      return xl_matrix{weights.back().data(), floats.back().data()};
    };
    weights.reserve(1000);
    floats.reserve(1000);
    for (int i = 0; i < layers; ++i) {
      xl_block block{};
      block.a_u = matrix(2 * width);
      block.a_o = matrix(width);
      block.b_x = matrix(4 * width);
      block.b_o = matrix(width);
      block.c_u = matrix(2 * width);
      block.c_o = matrix(width);
      floats.push_back(random.normals(size(heads) * size(context)));
      for (int h = 0; h < heads; ++h) {  // so that some heads do not look at all of the context
        for (int d = 0; d < context; ++d) {
          floats.back()[size(h) * size(context) + size(d)] -= static_cast<float>(d * (2 - h));
        }
      }
      block.b_pe = floats.back().data();
      if (step_bytes == 2) {
        floats.push_back(random.normals(size(2 * width)));
        block.b_mix = floats.back().data();
      }
      blocks.push_back(block);
    }
    std::vector<float> embedding(256 * size(step_bytes * width));
    for (float& e : embedding) e = random.integer(0, 1) == 0 ? -1.0F : 1.0F;
    floats.push_back(embedding);
    const float* embedded = floats.back().data();
    static constexpr int32_t kOrders[] = {2, 4};
    static constexpr int32_t kRows[] = {61, 61};
    for (int i = 0; i < 2; ++i) {
      floats.push_back(random.normals(size(kRows[i]) * size(width / 2)));
      tables.push_back(floats.back().data());
    }
    const xl_ngrams ngrams{2, kRows, kOrders, tables.data()};
    const xl_matrix head = matrix(256);
    source = {width,  heads,    layers,        context, step_bytes,
              ngrams, embedded, blocks.data(), head,    xl_second{}};
    if (step_bytes == 1) return;
    floats.push_back(random.normals(256 * size(width)));
    source.second.embedding = floats.back().data();
    source.second.u = matrix(2 * width);
    source.second.o = matrix(width);
    source.second.head = matrix(256);
  }
};

}  // namespace selftest
