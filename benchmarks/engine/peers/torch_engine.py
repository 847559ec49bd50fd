"""PyTorch: a Llama-like module of random weights, keys and values kept; int8 or float32 matrices.

python torch_engine.py WIDTH LAYERS HEADS CONTEXT FFN MODEL ISA int8|float32
"""

import sys

import protocol
import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    """Attention and a gated feed-forward layer."""

    def __init__(self, shape):
        super().__init__()
        width, ffn = shape["width"], shape["ffn"]
        self.heads = shape["heads"]
        self.before, self.between = nn.RMSNorm(width), nn.RMSNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 2 * ffn, bias=False)
        self.down = nn.Linear(ffn, width, bias=False)

    def forward(self, x, keys, values, begin):
        """x: (B, T, E); keys and values: (B, H, room, r), filled up to `begin`."""
        count, length, width = x.shape
        qkv = self.qkv(self.before(x)).view(count, length, 3, self.heads, -1)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        end = begin + length
        keys[:, :, begin:end], values[:, :, begin:end] = key, value
        mixed = functional.scaled_dot_product_attention(
            query, keys[:, :, :end], values[:, :, :end], is_causal=length > 1
        )
        x = x + self.out(mixed.transpose(1, 2).reshape(count, length, width))
        gate, up = self.up(self.between(x)).chunk(2, -1)
        return x + self.down(functional.silu(gate) * up)


class Model(nn.Module):
    """The whole of it."""

    def __init__(self, shape):
        super().__init__()
        self.embed = nn.Embedding(256, shape["width"])
        self.place = nn.Embedding(2 * shape["context"], shape["width"])
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape["layers"]))
        self.norm = nn.RMSNorm(shape["width"])
        self.head = nn.Linear(shape["width"], 256, bias=False)

    def forward(self, tokens, memory, begin):
        """Return the logits after the last of the tokens, (B, T)."""
        places = torch.arange(begin, begin + tokens.shape[1])
        x = self.embed(tokens) + self.place(places)
        for block, (keys, values) in zip(self.blocks, memory, strict=True):
            x = block(x, keys, values, begin)
        return self.head(self.norm(x[:, -1]))


def open_engine(_):
    """Make the module, on one thread."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.manual_seed(7)
    shape, kind = protocol.shape(), sys.argv[8]
    model = Model(shape).eval()
    if kind == "int8":
        from torch.ao.quantization import quantize_dynamic

        model = quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
    head_width = shape["width"] // shape["heads"]

    @torch.inference_mode()
    def run(count, prompt, make):
        room = (count, shape["heads"], prompt + make, head_width)
        memory = [(torch.zeros(room), torch.zeros(room)) for _ in range(shape["layers"])]
        tokens = torch.randint(0, 256, (count, prompt))
        begin = 0
        for _ in range(make):
            logits = model(tokens, memory, begin)
            begin += tokens.shape[1]
            tokens = logits.argmax(-1, keepdim=True)

    return f"PyTorch {torch.__version__} {kind}", run


if __name__ == "__main__":
    protocol.serve(open_engine)
