/// The weights of one model on the device, packed once.
#pragma once

#include <vector>

#include "cuda/host/device.h"

namespace xinglin::cuda {

class Model {
 public:
  /// isa: "auto" or the device's name. Throws Failure: XL_INVALID for sizes that are out of range,
  /// XL_BAD_WEIGHT, XL_UNSUPPORTED, XL_WRONG_DEVICE when it does not fit, and whatever is wrong
  /// with the device.
  Model(const xl_model_source& source, const char* isa);

  const ModelView& view() const { return view_; }
  const CacheLayout& cache() const { return cache_; }
  const SharedPlan& shared() const { return shared_; }
  const DeviceInfo& device() const { return device_; }
  const char* isa() const { return device_.name; }
  /// Name of the device; null for every other number, and when there is none.
  static const char* isa_name(int i);

 private:
  class Packer;

  DeviceInfo device_;
  SharedPlan shared_;
  CacheLayout cache_;
  Buffer<uint8_t> memory_;
  ModelView view_{};
};

}  // namespace xinglin::cuda
