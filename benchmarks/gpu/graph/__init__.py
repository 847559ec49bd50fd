"""The GPU engine's peer of our own making, and the ceilings of the device.

`kernels.cuh` and `chain.h` are our operations as small kernels in a CUDA graph, `graph.cu` launches
them and `small_kernels.py` calls it; `ceiling.cu` measures what the device can do at best and
`ceiling.py` runs it. `build.py` compiles both when they are needed. Nothing here is in the product.
"""
