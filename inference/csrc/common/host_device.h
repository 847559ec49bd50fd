/// Marks functions that a GPU compiler also makes for the device; plain C++ sees nothing of it.
#pragma once

#if defined(__CUDACC__)
#define XL_HD __host__ __device__
#define XL_DEVICE __device__
#else
#define XL_HD
#define XL_DEVICE
#endif
