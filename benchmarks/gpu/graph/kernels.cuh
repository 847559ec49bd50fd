/// One byte of every stream as a chain of small kernels: what our operations come to without the
/// loop in one kernel.
///
/// Each kernel spreads over the whole device and leaves its results in global memory. Where it
/// costs no second reading, operations share a kernel: rows are quantized by the blocks that
/// multiply them, and a block of attention does all that its row and head need between two
/// matrices. As the engine's, kernels are templates over a *thread*, so that tests run them on the
/// host.
#pragma once

#include "cuda/attention.cuh"
#include "cuda/linear.cuh"
#include "cuda/ngram.cuh"

namespace xinglin::bench {

using namespace xinglin::cuda;

/// Where a stream is in its text.
struct Place {
  int64_t position;         // of the byte that the next step reads
  int64_t given;            // bytes of the text that are not drawn
  uint8_t recent[kRecent];  // byte of position p at p % kRecent
};

/// What a step reads and writes in global memory.
struct Arrays {
  int streams;
  Place* places;   // (streams,)
  uint8_t* text;   // (streams, room): byte of position p at p % room
  uint8_t* cache;  // (streams, bytes of the layout)
  float* x;        // (streams, E) residual
  float* z;        // (streams, 4E), or logits (streams, 256)
  int room;
  // Rows take whole tiles of outputs: what is past the last one must not meet the next row.
  int x_stride, z_stride;
};

/// x: (streams, E), what the bytes and the n-grams before them stand for. A block a stream.
struct EmbedKernel {
  static constexpr int kThreads = 128;

  ModelView model;
  Arrays a;

  int blocks() const { return a.streams; }
  size_t shared_bytes() const { return 0; }

  template <class T>
  XL_DEVICE void operator()(const T& t, unsigned char*) const {
    const Place& place = a.places[t.block()];
    const float* byte = model.embedding + place.recent[place.position % kRecent] * model.width;
    const int slice = model.ngrams > 0 ? model.width / model.ngrams : model.width;
    for (int e = t.index(); e < model.width; e += t.count()) {
      float value = byte[e];
      if (model.ngrams > 0) {
        const int table = e / slice;
        const size_t row =
            pick_row(place.recent, place.position, model.orders[table], model.ngram_rows[table]);
        value =
            value +
            model.tables[table][row * static_cast<size_t>(slice) + static_cast<size_t>(e % slice)];
      }
      a.x[t.block() * a.x_stride + e] = value;
    }
  }
};

/// y (+)= w x, the rows quantized on the way. A block a few tiles of outputs and eight rows.
struct LinearKernel {
  static constexpr int kThreads = 128;
  static constexpr int kTiles = kThreads / 32;

  MatrixView w;
  const float* x;
  int x_stride;
  int width;
  float* y;
  int y_stride;
  int rows;
  bool add;

  XL_HD int tiles() const { return w.outputs / kTileOutputs; }
  XL_HD int blocks_of_tiles() const { return padded(tiles(), kTiles) / kTiles; }
  // Sixteen more than the tiles: rows then begin in different banks.
  XL_HD int q_stride() const { return padded(width, kTileInputs) + 16; }
  int blocks() const { return blocks_of_tiles() * (padded(rows, kMostRows) / kMostRows); }
  size_t shared_bytes() const {
    return kMostRows * (static_cast<size_t>(q_stride()) + sizeof(float));
  }

  template <class T>
  XL_DEVICE void operator()(const T& t, unsigned char* shared) const {
    const int first = t.block() / blocks_of_tiles() * kMostRows;
    const int left = rows - first;
    const int count = left < kMostRows ? left : kMostRows;
    int8_t* q = reinterpret_cast<int8_t*>(shared);
    float* scale = reinterpret_cast<float*>(shared + kMostRows * q_stride());
    quantize(t, x + first * x_stride, x_stride, count, width, q, q_stride(), scale);
    t.sync();
    DirectWeights weights(t);
    const int begin = t.block() % blocks_of_tiles() * kTiles;
    const int end = begin + kTiles < tiles() ? begin + kTiles : tiles();
    for (int tile = begin + t.warp(); tile < end; tile += t.warps()) {
      linear_tile(t, w, tile, {q, q_stride(), scale, count}, y + first * y_stride, y_stride, add,
                  weights);
    }
  }
};

/// A gate's middle, in place: z becomes norm(norm(z1) * norm(z2)). A block a row.
struct GateKernel {
  static constexpr int kThreads = 64;

  Arrays a;
  int width, heads;

  int blocks() const { return a.streams; }
  size_t shared_bytes() const { return 0; }

  template <class T>
  XL_DEVICE void operator()(const T& t, unsigned char*) const {
    gate(t, a.z + t.block() * a.z_stride, a.z_stride, 1, width, heads);
  }
};

/// Attention with its norms and its output gate: the keys' place in z gets what comes out. A block
/// a row and head.
struct AttendKernel {
  static constexpr int kThreads = 256;

  Arrays a;
  CacheLayout layout;
  const float* bias;
  const int32_t* reach;
  int width, heads, context, layer;

  XL_HD int r() const { return width / heads; }
  /// The first and the last panel may be seen in part only.
  XL_HD int score_count() const { return padded(context, kLanes) + kLanes; }
  XL_HD size_t z_at() const { return aligned(sizeof(Row)) + aligned(sizeof(Pair)); }
  XL_HD size_t query_at() const {
    return z_at() + aligned(static_cast<size_t>(4 * r() + 1) * sizeof(float));
  }
  XL_HD size_t scores_at() const { return query_at() + static_cast<size_t>(layout.depth); }
  int blocks() const { return a.streams * heads; }
  size_t shared_bytes() const { return scores_at() + static_cast<size_t>(score_count()) * 6; }

  template <class T>
  XL_DEVICE void operator()(const T& t, unsigned char* shared) const {
    Row& row = *reinterpret_cast<Row*>(shared);
    Pair& pair = *reinterpret_cast<Pair*>(shared + aligned(sizeof(Row)));
    float* mine = reinterpret_cast<float*>(shared + z_at());  // (4, r), and the query's scale
    float* query_scale = mine + 4 * r();
    int8_t* query = reinterpret_cast<int8_t*>(shared + query_at());
    float* scores = reinterpret_cast<float*>(shared + scores_at());
    int8_t* weights = reinterpret_cast<int8_t*>(scores + score_count());
    const int stream = t.block() / heads;
    const int head = t.block() % heads;
    float* z = a.z + stream * a.z_stride + head * r();
    if (t.index() == 0) {
      row = Row{};
      row.position = a.places[stream].position;
    }
    for (int i = t.index(); i < 4 * r(); i += t.count()) mine[i] = z[i / r() * width + i % r()];
    t.sync();
    normalise(t, mine, 4 * r(), 1, 4 * r(), 4);
    t.sync();
    const auto view = [&](int, int) {
      return HeadView(layout, a.cache + static_cast<size_t>(stream) * layout.bytes(),
                      layer * heads + head);
    };
    keep(t, &row, 1, 1, r(), mine, 4 * r(), query, layout.depth, query_scale, view);
    t.sync();
    const AttentionView attention{query,        layout.depth, query_scale, bias + head * context,
                                  reach + head, context,      1,           scores,
                                  weights,      score_count()};
    attend_pairs(t, attention, &row, &pair, 0, 1, r(), mine, 4 * r(), view);
    t.sync();
    gate_mixed(t, mine, mine + 3 * r(), 4 * r(), 1, r(), 1);
    t.sync();
    for (int i = t.index(); i < r(); i += t.count()) z[i] = mine[i];
  }
};

/// x = norm(x), all of a row together. A block a row.
struct NormKernel {
  static constexpr int kThreads = 32;

  Arrays a;
  int width;

  int blocks() const { return a.streams; }
  size_t shared_bytes() const { return 0; }

  template <class T>
  XL_DEVICE void operator()(const T& t, unsigned char*) const {
    normalise(t, a.x + t.block() * a.x_stride, a.x_stride, 1, width, 1);
  }
};

/// Go on to the next byte: of the text as far as it is given, then the most probable one, the
/// smallest of several. A warp a row.
struct PickKernel {
  static constexpr int kThreads = 32;

  Arrays a;

  int blocks() const { return a.streams; }
  size_t shared_bytes() const { return 0; }

  template <class T>
  XL_DEVICE void operator()(const T& t, unsigned char*) const {
    if (t.warp() != 0) return;
    const float* logits = a.z + t.block() * a.z_stride;
    int best = t.lane();
    for (int i = best + 32; i < kVocabulary; i += 32) best = logits[i] > logits[best] ? i : best;
    for (int bits = 16; bits > 0; bits /= 2) {
      const int other = t.swap(best, bits);
      const bool better = logits[other] > logits[best];
      if (better || (logits[other] == logits[best] && other < best)) best = other;
    }
    if (t.lane() != 0) return;
    Place& place = a.places[t.block()];
    const int64_t next = place.position + 1;
    uint8_t* here =
        a.text + static_cast<size_t>(t.block()) * static_cast<size_t>(a.room) + next % a.room;
    if (next >= place.given) *here = static_cast<uint8_t>(best);
    place.recent[next % kRecent] = *here;
    place.position = next;
  }
};

}  // namespace xinglin::bench
