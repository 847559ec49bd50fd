/// What XL_EMULATED_DEVICE says, for the devices that run on the host: "name=value" parts between
/// commas. All know order=forward|backward|shuffled (in which a block's threads run), threads=N of
/// a block, shared=bytes, processors=N, and fail=driver|old|device|memory|lost to have no working
/// device.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

#include "common/status.h"
#include "emulator.h"

namespace xinglin::cuda {

/// One part of the variable, or `otherwise`.
inline std::string part(const std::string& name, const std::string& otherwise) {
  const char* text = std::getenv("XL_EMULATED_DEVICE");
  std::string all = text == nullptr ? "" : text;
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find(',', at), all.size());
    const std::string item = all.substr(at, end - at);
    if (item.rfind(name + "=", 0) == 0) return item.substr(name.size() + 1);
    at = end + 1;
  }
  return otherwise;
}

inline int number(const std::string& name, int otherwise) {
  return std::atoi(part(name, std::to_string(otherwise)).c_str());
}

inline Order order() {
  const std::string name = part("order", "forward");
  if (name == "backward") return Order::kBackward;
  return name == "shuffled" ? Order::kShuffled : Order::kForward;
}

inline void fail_if(const char* how, xl_status status) { require(part("fail", "") != how, status); }

inline void fail_to_open() {
  fail_if("driver", XL_NO_DRIVER);
  fail_if("old", XL_OLD_DRIVER);
  fail_if("device", XL_NO_DEVICE);
}

}  // namespace xinglin::cuda
