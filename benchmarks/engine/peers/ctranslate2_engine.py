"""CTranslate2, int8: a Llama-like decoder of random weights; its own loop makes the bytes."""

import tempfile

import ctranslate2
import numpy as np
import protocol
from ctranslate2.specs import TransformerDecoderModelSpec, common_spec


def random_spec(shape):
    """Return a decoder without trained weights."""
    spec = TransformerDecoderModelSpec.from_config(
        shape["layers"],
        shape["heads"],
        activation=common_spec.Activation.SWISH,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,
        rotary_interleave=False,
        pre_norm=True,
    )
    random = np.random.default_rng(7)
    width, ffn = shape["width"], shape["ffn"]

    def normal(*size):
        return random.standard_normal(size, np.float32) / np.float32(np.sqrt(size[-1]))

    decoder = spec.decoder
    decoder.embeddings.weight = normal(256, width)
    decoder.scale_embeddings = False
    decoder.layer_norm.gamma = np.ones(width, np.float32)
    decoder.projection.weight = normal(256, width)
    for layer in decoder.layer:
        layer.self_attention.layer_norm.gamma = np.ones(width, np.float32)
        layer.self_attention.linear[0].weight = normal(3 * width, width)
        layer.self_attention.linear[1].weight = normal(width, width)
        layer.ffn.layer_norm.gamma = np.ones(width, np.float32)
        layer.ffn.linear_0.weight = normal(ffn, width)
        layer.ffn.linear_0_noact.weight = normal(ffn, width)
        layer.ffn.linear_1.weight = normal(width, ffn)
    tokens = [f"{byte:02x}" for byte in range(256)]
    spec.register_vocabulary(tokens)
    spec.config.bos_token = spec.config.unk_token = tokens[0]
    spec.config.eos_token = tokens[1]
    return spec


def prepare():
    """Write the model."""
    folder = tempfile.TemporaryDirectory()
    spec = random_spec(protocol.shape())
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(folder.name)
    return folder


def open_engine(folder):
    """Open it."""
    generator = ctranslate2.Generator(
        folder.name, device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
    )

    def run(count, prompt, make):
        texts = [
            [f"{(3 + number + 7 * i) % 256:02x}" for i in range(prompt)] for number in range(count)
        ]
        done = generator.generate_batch(
            texts, max_length=make, min_length=make, sampling_topk=1, include_prompt_in_result=False
        )
        assert all(len(one.sequences_ids[0]) == make for one in done)

    return f"CTranslate2 {ctranslate2.__version__} int8", run


if __name__ == "__main__":
    protocol.serve(open_engine, prepare)
