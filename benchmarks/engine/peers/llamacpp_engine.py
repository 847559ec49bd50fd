"""llama.cpp, Q8_0: a Llama-like model of random weights; this loop takes the likeliest byte.

The C functions of the library inside the `xllamacpp` package are called directly, since its Python
classes only serve text over HTTP. Structures of settings are taken as the library fills them; of
their contents only some numbers are known here, and looked for.

Its flash attention reads prompts and decodes several texts faster, and one text slower, than its
plain one; each task gets the one that suits it.
"""

import ctypes
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import gguf
import numpy as np
import protocol

Q8 = gguf.GGMLQuantizationType.Q8_0
SETTINGS_BYTES = 2048  # more than any of the structures has
MOST_SEQUENCES = 64


class Settings(ctypes.Structure):
    """llama_model_params or llama_context_params."""

    _fields_ = [("numbers", ctypes.c_int32 * 24), ("rest", ctypes.c_byte * SETTINGS_BYTES)]


class Batch(ctypes.Structure):
    """llama_batch."""

    _fields_ = [
        ("n_tokens", ctypes.c_int32),
        ("token", ctypes.POINTER(ctypes.c_int32)),
        ("embd", ctypes.POINTER(ctypes.c_float)),
        ("pos", ctypes.POINTER(ctypes.c_int32)),
        ("n_seq_id", ctypes.POINTER(ctypes.c_int32)),
        ("seq_id", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))),
        ("logits", ctypes.POINTER(ctypes.c_int8)),
    ]


def library():
    """Load the package's library and declare what is used of it."""
    found = find_spec("xllamacpp")
    if found is None:
        raise ImportError("xllamacpp is not installed")
    (path,) = Path(found.origin).parent.glob("xllamacpp*.so")
    sys.setdlopenflags(sys.getdlopenflags() | 1)
    llama = ctypes.CDLL(str(path))
    pointer = ctypes.c_void_p
    for name, result, arguments in (
        ("llama_model_default_params", Settings, []),
        ("llama_context_default_params", Settings, []),
        ("llama_model_load_from_file", pointer, [ctypes.c_char_p, Settings]),
        ("llama_init_from_model", pointer, [pointer, Settings]),
        ("llama_set_n_threads", None, [pointer, ctypes.c_int32, ctypes.c_int32]),
        ("llama_get_memory", pointer, [pointer]),
        ("llama_memory_clear", None, [pointer, ctypes.c_bool]),
        ("llama_batch_init", Batch, [ctypes.c_int32] * 3),
        ("llama_decode", ctypes.c_int32, [pointer, Batch]),
        ("llama_get_logits", ctypes.POINTER(ctypes.c_float), [pointer]),
        ("llama_print_system_info", ctypes.c_char_p, []),
    ):
        function = getattr(llama, name)
        function.restype, function.argtypes = result, arguments
    return llama


def configure(numbers, count, room, flash):
    """Set n_ctx, n_seq_max and flash_attn_type among a context's first numbers."""
    found = list(numbers)
    # n_ctx, n_batch, n_ubatch, n_seq_max; later the enumerations of rope scaling, pooling,
    # attention and flash attention, all -1 for "as the model says".
    kinds = [i for i in range(len(found) - 4) if found[i : i + 4] == [-1] * 4]
    if found[1:4] != [2048, 512, 1] or len(kinds) != 1:
        raise OSError("this version of llama.cpp has other settings")
    numbers[0], numbers[3] = room, count
    numbers[kinds[0] + 3] = int(flash)


def prepare():
    """Write the model."""
    folder = tempfile.TemporaryDirectory()
    shape = protocol.shape()
    width, ffn, layers = shape["width"], shape["ffn"], shape["layers"]
    writer = gguf.GGUFWriter(f"{folder.name}/model.gguf", "llama")
    writer.add_context_length(2 * shape["context"])
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(ffn)
    writer.add_head_count(shape["heads"])
    writer.add_head_count_kv(shape["heads"])
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(width // shape["heads"])
    writer.add_vocab_size(256)
    writer.add_tokenizer_model("no_vocab")
    random = np.random.default_rng(7)

    def matrix(name, rows, columns):
        weights = random.standard_normal((rows, columns), np.float32) / np.float32(columns**0.5)
        writer.add_tensor(f"{name}.weight", gguf.quants.quantize(weights, Q8), raw_dtype=Q8)

    def gain(name):
        writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))

    matrix("token_embd", 256, width)
    for layer in range(layers):
        block = f"blk.{layer}"
        gain(f"{block}.attn_norm")
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"{block}.{name}", width, width)
        gain(f"{block}.ffn_norm")
        matrix(f"{block}.ffn_gate", ffn, width)
        matrix(f"{block}.ffn_up", ffn, width)
        matrix(f"{block}.ffn_down", width, ffn)
    gain("output_norm")
    matrix("output", 256, width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return folder


def open_engine(folder):
    """Open it, on one thread; a context is made for each number of texts, as its user would."""
    llama, shape = library(), protocol.shape()
    model = llama.llama_model_load_from_file(
        f"{folder.name}/model.gguf".encode(), llama.llama_model_default_params()
    )
    if not model:
        raise OSError("llama.cpp refuses the model")
    contexts = {}

    def context_for(count, flash):
        if (count, flash) not in contexts:
            settings = llama.llama_context_default_params()
            configure(settings.numbers, count, 2 * shape["context"] * count, flash)
            made = llama.llama_init_from_model(model, settings)
            if not made:
                raise OSError(f"llama.cpp refuses {count} texts at once")
            llama.llama_set_n_threads(made, 1, 1)
            contexts[count, flash] = made
        return contexts[count, flash]

    batch = llama.llama_batch_init(2048, 0, MOST_SEQUENCES)

    def decode(context, rows):
        """rows: (token, position, sequence, whether logits are wanted)."""
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[i], batch.pos[i], batch.logits[i] = token, position, wanted
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, sequence
        if llama.llama_decode(context, batch):
            raise OSError("llama.cpp could not decode")

    def run(count, prompt, make):
        context = context_for(count, flash=count > 1 or make == 1)
        llama.llama_memory_clear(llama.llama_get_memory(context), False)
        logits = np.zeros((count, 256), np.float32)
        for number in range(count):
            last = prompt - 1
            decode(
                context, [((3 + number + 7 * i) % 256, i, number, i == last) for i in range(prompt)]
            )
            logits[number] = np.ctypeslib.as_array(llama.llama_get_logits(context), (256,))
        for position in range(prompt, prompt + make - 1):
            tokens = logits.argmax(1).tolist()
            decode(context, [(tokens[n], position, n, 1) for n in range(count)])
            logits = np.ctypeslib.as_array(llama.llama_get_logits(context), (count, 256))

    print(llama.llama_print_system_info().decode(), file=sys.stderr)
    return f"llama.cpp ({package_version()}) Q8_0", run


def package_version():
    """Return the version of the package that holds the library."""
    from importlib.metadata import version

    return f"xllamacpp {version('xllamacpp')}"


if __name__ == "__main__":
    protocol.serve(open_engine, prepare)
