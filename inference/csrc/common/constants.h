/// Numbers that all rooms share: lanes, the limits of a model, and those on which equal bits rest.
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

/// Added to a group's variance before it is normalised.
constexpr float kVarianceFloor = 1e-12F;
/// Rows whose largest magnitude is below it become zero when they are quantized.
constexpr float kSmallestMagnitude = 1e-30F;
/// The largest weight of a softmax, of 14 bits.
constexpr float kWeightSteps = 16383.0F;

/// States of an automaton: between two characters, and after END; and no state.
constexpr uint8_t kAutomatonStart = 0;
constexpr uint8_t kAutomatonFinished = 1;
constexpr uint8_t kForbidden = 255;
/// An automaton that never comes back between two characters is stopped after this many bytes.
constexpr int kLongestCharacter = 64;
/// Matches of the repetition penalty count as no longer than this; exp(200 / e) is still a float32.
constexpr int kLongestMatch = 200;

}  // namespace xinglin
