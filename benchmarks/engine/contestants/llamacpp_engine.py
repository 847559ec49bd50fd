"""llama.cpp, Q8_0: a Llama file of random weights, its batched decoding through its C interface."""

import ctypes
import tempfile
from pathlib import Path

import desk
import gguf
import llama_cpp
import numpy as np

MOST_AT_ONCE = 2048


def write_model(shape, path):
    """Write a GGUF file of random weights in blocks of 32 int8, without a vocabulary."""
    width, ffn = shape["width"], shape["ffn"]
    random = np.random.default_rng(7)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(2 * shape["context"])
    writer.add_embedding_length(width)
    writer.add_block_count(shape["layers"])
    writer.add_feed_forward_length(ffn)
    writer.add_head_count(shape["heads"])
    writer.add_head_count_kv(shape["heads"])
    writer.add_rope_dimension_count(width // shape["heads"])
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(256)
    writer.add_tokenizer_model("no_vocab")

    def matrix(name, rows, columns):
        exact = random.standard_normal((rows, columns), np.float32) / np.float32(columns**0.5)
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(f"{name}.weight", gguf.quants.quantize(exact, kind), raw_dtype=kind)

    def gain(name):
        writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))

    matrix("token_embd", 256, width)
    gain("output_norm")
    matrix("output", 256, width)
    for i in range(shape["layers"]):
        gain(f"blk.{i}.attn_norm")
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"blk.{i}.{name}", width, width)
        gain(f"blk.{i}.ffn_norm")
        matrix(f"blk.{i}.ffn_gate", ffn, width)
        matrix(f"blk.{i}.ffn_up", ffn, width)
        matrix(f"blk.{i}.ffn_down", width, ffn)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def prepare():
    """Write the model."""
    shape = desk.shape()
    # Blocks of 32: the widths of these shapes are multiples of it, the inner widths are made so.
    shape["ffn"] = (shape["ffn"] + 31) // 32 * 32
    folder = tempfile.TemporaryDirectory()
    write_model(shape, Path(folder.name) / "model.gguf")
    return folder


def open_engine(folder):
    """Open it on one thread; contexts are made for so many texts at a time."""
    llama_cpp.llama_backend_init()
    model = llama_cpp.llama_model_load_from_file(
        str(Path(folder.name) / "model.gguf").encode(), llama_cpp.llama_model_default_params()
    )
    if not model:
        raise RuntimeError("llama.cpp does not load the model")
    contexts = {}

    def context_for(count, room):
        if (count, room) not in contexts:
            options = llama_cpp.llama_context_default_params()
            options.n_ctx, options.n_seq_max = count * room, count
            options.n_batch = options.n_ubatch = MOST_AT_ONCE
            options.n_threads = options.n_threads_batch = 1
            contexts[count, room] = llama_cpp.llama_init_from_model(model, options)
        return contexts[count, room]

    batch = llama_cpp.llama_batch_init(MOST_AT_ONCE, 0, 1)

    def decode(context, tokens, begin):
        """tokens: (B, T) of all texts, entered at `begin`; returns what comes next, (B, 1)."""
        count, length = tokens.shape
        rows = {}
        step = max(1, MOST_AT_ONCE // length)
        best = np.zeros((count, 1), np.int64)
        for first in range(0, count, step):
            rows = range(first, min(count, first + step))
            batch.n_tokens = len(rows) * length
            at = 0
            for row in rows:
                for i in range(length):
                    batch.token[at] = int(tokens[row, i])
                    batch.pos[at] = begin + i
                    batch.n_seq_id[at], batch.seq_id[at][0] = 1, row
                    batch.logits[at] = i == length - 1
                    at += 1
            if llama_cpp.llama_decode(context, batch) != 0:
                raise RuntimeError("llama_decode failed")
            for place, row in enumerate(rows):
                logits = llama_cpp.llama_get_logits_ith(context, (place + 1) * length - 1)
                found = np.ctypeslib.as_array(
                    ctypes.cast(logits, ctypes.POINTER(ctypes.c_float)), (256,)
                )
                best[row, 0] = int(found.argmax())
        return best

    def run(count, prompt, make):
        context = context_for(count, (prompt + make + 255) // 256 * 256)
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), False)
        tokens = np.random.default_rng(1).integers(0, 256, (count, prompt))
        begin = 0
        for _ in range(make):
            next_tokens = decode(context, tokens, begin)
            begin += tokens.shape[1]
            tokens = next_tokens

    return f"llama.cpp Q8_0 (llama-cpp-python {llama_cpp.__version__})", run


if __name__ == "__main__":
    desk.serve(open_engine, prepare)
