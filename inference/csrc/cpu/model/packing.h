/// Packing: from row-major int8 matrices to the panels that `linear` reads.
#pragma once

#include "cpu/kernels/layout.h"
#include "cpu/model/arena.h"
#include "xinglin.h"

namespace xinglin::cpu {

/// Arena bytes of a packed (outputs, inputs) matrix.
size_t packed_bytes(int outputs, int inputs);

/// Pack (outputs, inputs) as PackedView has it, zeros in the padding. Throws Failure(XL_INVALID)
/// for null pointers, Failure(XL_BAD_WEIGHT) for a weight of -128 or a scale that is not finite.
PackedView pack(Arena& arena, const xl_matrix& matrix, int outputs, int inputs);

/// Copy floats to the arena, `padded` zeroed ones. Throws likewise.
float* copy_floats(Arena& arena, const float* source, size_t count, size_t padded);

}  // namespace xinglin::cpu
