/// Makes the file of a memory.
#pragma once

#include <cstdint>
#include <vector>

#include "coder/memory_index.h"

namespace xinglin::coder {

/// text: (n,) symbols; codes: of each symbol, ascending, in the highest bits. Returns the file but
/// for the digest of 32 bytes at its end. About 24 n bytes of memory.
/// Throws Failure: XL_INVALID when a symbol does not exist or does not occur, or there are too
/// many.
std::vector<uint8_t> build_memory(const uint32_t* text, size_t n, const uint32_t* codes,
                                  size_t symbols, Codec codec);

}  // namespace xinglin::coder
