/// The numbers of one step of Adam.
#pragma once

namespace xinglin::train {

/// One step of AdamW without decay.
struct AdamStep {
  float rate;        // over 1 - beta1^t
  float first;       // beta1
  float second;      // beta2
  float correction;  // 1 / sqrt(1 - beta2^t)
  float epsilon;
};

}  // namespace xinglin::train
