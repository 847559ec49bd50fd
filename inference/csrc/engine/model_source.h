/// Checks of a model that is handed over, the same for every backend.
#pragma once

#include "xinglin.h"

namespace xinglin {

/// Refuse sizes with Failure(XL_INVALID) before anything is computed from them.
const xl_model_source& checked(const xl_model_source& source);

/// Refuse null with XL_INVALID and numbers that are not finite with XL_BAD_WEIGHT.
void check_floats(const float* x, size_t count);

/// From which distance on a head's weights are too small to count: keys and queries are normalised,
/// so no score is beyond +-sqrt(r), and e^-20 of the largest weight is far below what int8 keeps.
int reach_of(const float* bias, int context, int head_width);

}  // namespace xinglin
