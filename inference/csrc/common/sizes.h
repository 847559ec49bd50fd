/// Sizes that all rooms share: lanes, padding, and the limits of a model.
#pragma once

#include <cstdint>

#include "common/host_device.h"

namespace xinglin {

/// Lanes of a vector: float32 or int32, in as many registers as it takes.
constexpr int kLanes = 16;

/// The next multiple of `step`. Static, as is everything that a file compiled for one instruction
/// set may call: no other file may take its function from there.
XL_HD static constexpr int round_up(int n, int step) { return (n + step - 1) / step * step; }

constexpr int kVocabulary = 256;
/// Widest model, and widest head, that fit the stack buffers and the int32 sums.
constexpr int kMaxWidth = 4096;
constexpr int kMaxHeadWidth = 1024;
/// Most n-gram tables, and bytes of the longest n-gram; of pairs it is half as many.
constexpr int kMostOrders = 8;
constexpr int kLongestNgram = 16;
constexpr int kMaxNgramRows = 1 << 24;

}  // namespace xinglin
