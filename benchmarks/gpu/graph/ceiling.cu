// What a GPU can do at best: bytes read a second out of its second-level cache and out of its
// memory, and what a launch, a graph's node and a barrier cost. No kernel of Xinglin is in here.
//
//   ceiling                      what the device is
//   ceiling WEIGHTS BLOCKS ...   measured, too: with a buffer of so many bytes, by so many
//                                multiprocessors each
//
// Prints JSON. Each figure is the best of some short windows, which is what a ceiling is.
#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "cuda/lane.h"

namespace {

using xinglin::cuda::load_weights;
using xinglin::cuda::Sixteen;

constexpr int kWindows = 20;
constexpr int kThreads = 1024;
constexpr int kLoads = 8;  // on their way at once, of each thread
constexpr size_t kChunk = size_t{kThreads} * kLoads * sizeof(Sixteen);
// Read by a block in a window: a launch's time is lost in it.
constexpr size_t kBlockBytes = 32 << 20;
constexpr size_t kMostBuffer = size_t{8} << 30;
constexpr int kEmpty = 1000;
constexpr int kBarriers = 20000;
// Threads of the engine's block.
constexpr int kBarrierThreads = 512;

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "%s\n", cudaGetErrorString(error));
  std::exit(1);
}

/// Read `count` chunks of a buffer of `chunks`, past the first-level cache; block i begins at chunk
/// `first` + i `apart` and comes round.
__global__ void __launch_bounds__(kThreads)
    read_kernel(const Sixteen* data, size_t chunks, size_t first, size_t apart, size_t count,
                int32_t* sink) {
  int32_t any = 0;
  size_t chunk = (first + blockIdx.x * apart) % chunks;
  for (size_t i = 0; i < count; ++i) {
    const Sixteen* from = data + chunk * (kChunk / sizeof(Sixteen)) + threadIdx.x;
    Sixteen part[kLoads];
#pragma unroll
    for (int j = 0; j < kLoads; ++j) part[j] = load_weights(from + j * kThreads);
#pragma unroll
    for (int j = 0; j < kLoads; ++j) {
      any |= part[j].word[0] | part[j].word[1] | part[j].word[2] | part[j].word[3];
    }
    chunk = chunk + 1 < chunks ? chunk + 1 : 0;
  }
  if (any != 0) *sink = any;  // never: the buffer is zero, which the compiler does not know
}

__global__ void empty_kernel() {}

__global__ void barrier_kernel(int count) {
  for (int i = 0; i < count; ++i) __syncthreads();
}

/// Seconds of the device's time that `work` takes in the best window.
template <class Work>
double best_seconds(cudaStream_t stream, const Work& work) {
  cudaEvent_t begun, ended;
  check(cudaEventCreate(&begun));
  check(cudaEventCreate(&ended));
  double best = 1e30;
  for (int window = 0; window <= kWindows; ++window) {
    check(cudaEventRecord(begun, stream));
    work();
    check(cudaGetLastError());
    check(cudaEventRecord(ended, stream));
    check(cudaEventSynchronize(ended));
    float ms = 0.0F;
    check(cudaEventElapsedTime(&ms, begun, ended));
    if (window > 0) best = std::min(best, 1e-3 * static_cast<double>(ms));  // the first one warms
  }
  check(cudaEventDestroy(begun));
  check(cudaEventDestroy(ended));
  return best;
}

struct Buffer {
  Sixteen* data = nullptr;
  size_t chunks;

  explicit Buffer(size_t bytes) : chunks(std::max<size_t>(bytes / kChunk, 1)) {
    check(cudaMalloc(&data, chunks * kChunk));
    check(cudaMemset(data, 0, chunks * kChunk));
  }
  ~Buffer() { (void)cudaFree(data); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
};

/// Bytes a second that all blocks read together when each of them reads the whole buffer.
double shared_rate(cudaStream_t stream, const Buffer& buffer, unsigned blocks, int32_t* sink) {
  const size_t count = std::max<size_t>(kBlockBytes / kChunk / buffer.chunks, 1) * buffer.chunks;
  const size_t apart = std::max<size_t>(buffer.chunks / blocks, 1);
  const double seconds = best_seconds(stream, [&] {
    read_kernel<<<blocks, kThreads, 0, stream>>>(buffer.data, buffer.chunks, 0, apart, count, sink);
  });
  return static_cast<double>(count * kChunk) * blocks / seconds;
}

/// Likewise when each of them reads a part of its own, another one in each window.
double own_rate(cudaStream_t stream, const Buffer& buffer, unsigned blocks, int32_t* sink) {
  const size_t count = std::max<size_t>(std::min(kBlockBytes / kChunk, buffer.chunks / blocks), 1);
  size_t first = 0;
  const double seconds = best_seconds(stream, [&] {
    read_kernel<<<blocks, kThreads, 0, stream>>>(buffer.data, buffer.chunks, first, count, count,
                                                 sink);
    first += count * blocks;
  });
  return static_cast<double>(count * kChunk) * blocks / seconds;
}

/// Seconds of an empty kernel among others in a queue.
double launch_seconds(cudaStream_t stream) {
  return best_seconds(stream,
                      [&] {
                        for (int i = 0; i < kEmpty; ++i) empty_kernel<<<1, 32, 0, stream>>>();
                      }) /
         kEmpty;
}

/// Seconds of an empty kernel in a graph, each after the one before.
double node_seconds(cudaStream_t stream) {
  cudaGraph_t graph;
  cudaGraphExec_t recorded;
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  for (int i = 0; i < kEmpty; ++i) empty_kernel<<<1, 32, 0, stream>>>();
  check(cudaStreamEndCapture(stream, &graph));
  check(cudaGraphInstantiateWithFlags(&recorded, graph, 0));
  const double seconds = best_seconds(stream, [&] { check(cudaGraphLaunch(recorded, stream)); });
  check(cudaGraphExecDestroy(recorded));
  check(cudaGraphDestroy(graph));
  return seconds / kEmpty;
}

/// Seconds in which the host launches an empty kernel and hears that it is done.
double round_trip_seconds(cudaStream_t stream) {
  using Clock = std::chrono::steady_clock;
  double best = 1e30;
  for (int i = 0; i < kEmpty; ++i) {
    const Clock::time_point begun = Clock::now();
    empty_kernel<<<1, 32, 0, stream>>>();
    check(cudaStreamSynchronize(stream));
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begun).count());
  }
  return best;
}

double barrier_seconds(cudaStream_t stream) {
  return best_seconds(stream,
                      [&] { barrier_kernel<<<1, kBarrierThreads, 0, stream>>>(kBarriers); }) /
         kBarriers;
}

void print_device() {
  cudaDeviceProp device{};
  int driver = 0, runtime = 0;
  check(cudaGetDeviceProperties(&device, 0));
  check(cudaDriverGetVersion(&driver));
  check(cudaRuntimeGetVersion(&runtime));
  std::printf("{\"name\": \"%s\", \"architecture\": \"sm_%d%d\", \"processors\": %d, ", device.name,
              device.major, device.minor, device.multiProcessorCount);
  std::printf("\"memory\": %zu, \"cache\": %d, \"driver\": %d, \"runtime\": %d",
              device.totalGlobalMem, device.l2CacheSize, driver, runtime);
}

}  // namespace

int main(int argc, char** argv) {
  check(cudaSetDevice(0));
  print_device();
  if (argc > 2) {
    cudaStream_t stream;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total));
    const Buffer weights(std::strtoull(argv[1], nullptr, 10));
    const Buffer large(std::min(free / 4, kMostBuffer));
    int32_t* sink = nullptr;
    check(cudaMalloc(&sink, sizeof *sink));
    check(cudaDeviceSynchronize());
    std::printf(", \"launch_us\": %.3f, \"node_us\": %.3f, ", 1e6 * launch_seconds(stream),
                1e6 * node_seconds(stream));
    std::printf("\"round_trip_us\": %.3f, \"barrier_us\": %.4f, \"reads\": {",
                1e6 * round_trip_seconds(stream), 1e6 * barrier_seconds(stream));
    for (int i = 2; i < argc; ++i) {
      const unsigned blocks = static_cast<unsigned>(std::strtoul(argv[i], nullptr, 10));
      std::printf("%s\"%u\": {\"cache\": %.0f, \"memory\": %.0f}", i == 2 ? "" : ", ", blocks,
                  shared_rate(stream, weights, blocks, sink),
                  own_rate(stream, large, blocks, sink));
    }
    std::printf("}");
    check(cudaFree(sink));
    check(cudaStreamDestroy(stream));
  }
  std::printf("}\n");
}
