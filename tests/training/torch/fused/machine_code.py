"""Compile every kernel for a GPU that need not be there; print a line of JSON for each.

python tests/training/torch/fused/machine_code.py 90 48 4    # architecture, head width, heads
"""

from __future__ import annotations

import json
import sys

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from training.torch.fused import attention, attention_backward, gate, norm

NUMBERS = {"count", "step", "first_step", "second_step", "first_grad_step", "length", "context"}
TYPES = {
    **dict.fromkeys(NUMBERS | {"ranges"}, "i32"),
    **dict.fromkeys(("pe", "delta", "lse", "pe_parts"), "*fp32"),
    "scale": "fp32",
    "reach": "*i64",
}


def compile_kernel(kernel, constants, architecture, stages):
    """Return the compiled kernel, for bfloat16 tensors that begin at multiples of 16 bytes."""
    signature, fixed, aligned = {}, {}, {}
    for at, name in enumerate(kernel.arg_names):
        signature[name] = "constexpr" if name in constants else TYPES.get(name, "*bf16")
        if name in constants:
            fixed[at,] = constants[name]
        elif signature[name].startswith("*") or name.endswith("step"):
            aligned[at,] = [["tt.divisibility", 16]]
    source = ASTSource(kernel, signature, fixed, aligned)
    options = {"num_warps": 4, "num_stages": stages}
    return triton.compile(source, target=GPUTarget("cuda", architecture, 32), options=options)


def main(architecture: int, width: int, heads: int) -> None:
    _, padded, block = norm.tiling(1 << 20, width)
    sizes = {"width": width, "padded": padded, "block": block, "heads": heads, "groups": 4 * heads}
    kernels = [
        (norm.norm_kernel, sizes, 3),
        (norm.norm_backward_kernel, sizes, 3),
        (gate.gate_kernel, sizes, 3),
        (gate.gate_backward_kernel, {**sizes, "attends": False}, 3),
        (gate.gate_backward_kernel, {**sizes, "attends": True}, 3),
    ]
    padded, block, precision = attention.attention_tiling(width, torch.bfloat16)
    sizes = {"width": width, "padded": padded, "block": block, "heads": heads}
    for kernel in (
        attention.attend_kernel,
        attention_backward.key_value_kernel,
        attention_backward.query_kernel,
    ):
        kernels.append((kernel, {**sizes, "precision": precision}, attention.STAGES))
    for kernel, constants, stages in kernels:
        made = compile_kernel(kernel, constants, architecture, stages)
        code = made.asm["ptx"]
        tensor_cores = code.count("wgmma.mma_async") + code.count("mma.sync")
        row = {"kernel": kernel.__name__, "shared": made.metadata.shared, "mma": tensor_cores}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
