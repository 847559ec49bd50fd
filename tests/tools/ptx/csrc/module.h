/// What a translated PTX file offers: its kernels, its tables, for which device it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace xinglin::ptx {

class Thread;

/// The text of an instruction that can stop the program.
struct Source {
  int line;
  const char* text;
};

struct Kernel {
  const char* name;
  int threads;             // most of a block, 0: not said
  size_t parameter_bytes;  //
  size_t static_shared;    // bytes before the dynamic shared memory
  size_t local_bytes;      // of one thread
  int sites;               // instructions that read or write memory of the device
  void (*run)(Thread&);
  const Source* sources;  // by line
  size_t source_count;
};

/// A .global or .const variable.
struct Table {
  const void* data;
  size_t bytes;
};

struct Module {
  const char* target;  // sm_80
  std::vector<Kernel> kernels;
  std::vector<Table> tables;
};

/// The only one of a library, made by translate.py.
const Module& module();

/// Windows of generic addresses. Their low words are not zero, so that a generic address without
/// its high word is not one of shared memory.
constexpr uint64_t kSharedWindow = 0x5300000001000000;
constexpr uint64_t kLocalWindow = 0x4C00000002000000;
constexpr uint64_t kParameterWindow = 0x5000000003000000;
constexpr uint64_t kWindowBytes = 0x1000000;

/// The first shared address. Null is none, and it is aligned no better than the PTX asks for.
constexpr uint64_t kSharedFirst = 0x410;
constexpr uint64_t kLocalFirst = 0x110;

}  // namespace xinglin::ptx
