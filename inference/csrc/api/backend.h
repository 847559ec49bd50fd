/// The backend of this library: the processor, or with XL_CUDA a GPU.
#pragma once

#if defined(XL_CUDA)
#include "cuda/host/scorer.h"
#include "cuda/host/stepper.h"
namespace xinglin {
namespace backend = cuda;
}
#else
#include "coder/coder.h"
#include "cpu/model/scorer.h"
#include "cpu/model/stepper.h"
namespace xinglin {
namespace backend = cpu;
}
#endif
