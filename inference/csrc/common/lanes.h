/// The width that every instruction set is made to have, and sizes padded to it.
#pragma once

#include <cstdint>

#include "common/host_device.h"

namespace xinglin {

/// Lanes of a vector: float32 or int32, in as many registers as it takes.
constexpr int kLanes = 16;

/// The next multiple of `step`. Static, as is everything that a file compiled for one instruction
/// set may call: no other file may take its function from there.
XL_HD static constexpr int round_up(int n, int step) { return (n + step - 1) / step * step; }

}  // namespace xinglin
