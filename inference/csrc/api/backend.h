/// Which backend this library holds: the processor, or with XL_CUDA a GPU.
#pragma once

#if defined(XL_CUDA)
#include "cuda/scorer.h"
#include "cuda/stepper.h"
namespace xinglin {
namespace backend = cuda;
}
#else
#include "coder/coder.h"
#include "cpu/scorer.h"
#include "cpu/stepper.h"
namespace xinglin {
namespace backend = cpu;
}
#endif
