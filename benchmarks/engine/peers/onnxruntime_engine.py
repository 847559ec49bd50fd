"""ONNX Runtime, int8: a Llama-like graph, its fused attention, matrices quantized by its tool."""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import protocol
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

FUSED = "com.microsoft"


class Graph:
    """Nodes and weights of one step: so many tokens behind what is kept."""

    def __init__(self, shape):
        self.shape, self.random = shape, np.random.default_rng(7)
        self.nodes, self.weights = [], []

    def node(self, op, inputs, outputs, domain="", **attributes):
        """Add a node; returns its first output."""
        self.nodes.append(helper.make_node(op, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def weight(self, name, array):
        """Add a constant; returns its name."""
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def matrix(self, x, name, rows, columns):
        """Multiply by a random matrix."""
        array = self.random.standard_normal((rows, columns), np.float32) / np.float32(rows**0.5)
        return self.node("MatMul", [x, self.weight(f"{name}.w", array)], [name])

    def norm(self, x, name):
        """Normalise to a root mean square of 1."""
        one = self.weight(f"{name}.g", np.ones(self.shape["width"], np.float32))
        return self.node("SimplifiedLayerNormalization", [x, one], [name], axis=-1, epsilon=1e-6)

    def block(self, x, i):
        """Add attention and a gated feed-forward layer."""
        width, ffn, heads = (self.shape[name] for name in ("width", "ffn", "heads"))
        qkv = self.matrix(self.norm(x, f"{i}.n1"), f"{i}.qkv", width, 3 * width)
        mixed = self.node(
            "GroupQueryAttention",
            [qkv, "", "", f"key.{i}", f"value.{i}", "lengths", "total", "cos", "sin"],
            [f"{i}.mixed", f"new_key.{i}", f"new_value.{i}"],
            domain=FUSED,
            num_heads=heads,
            kv_num_heads=heads,
            do_rotary=1,
        )
        x = self.node("Add", [x, self.matrix(mixed, f"{i}.o", width, width)], [f"{i}.x"])
        y = self.norm(x, f"{i}.n2")
        gate = self.matrix(y, f"{i}.gate", width, ffn)
        swish = self.node("Mul", [gate, self.node("Sigmoid", [gate], [f"{i}.s"])], [f"{i}.sw"])
        inner = self.node("Mul", [swish, self.matrix(y, f"{i}.up", width, ffn)], [f"{i}.h"])
        return self.node("Add", [x, self.matrix(inner, f"{i}.down", ffn, width)], [f"{i}.y"])

    def model(self):
        """Return the whole model."""
        width, heads, room = self.shape["width"], self.shape["heads"], 2 * self.shape["context"]
        each = width // heads
        table = self.random.standard_normal((256, width), np.float32)
        x = self.node("Gather", [self.weight("embed", table), "tokens"], ["x"])
        turn = np.arange(room)[:, None] / 10000 ** (np.arange(each // 2) / (each // 2))
        self.weight("cos", np.cos(turn).astype(np.float32))
        self.weight("sin", np.sin(turn).astype(np.float32))
        for i in range(self.shape["layers"]):
            x = self.block(x, i)
        last = self.weight("last", np.array([-1], np.int64))
        x = self.node("Gather", [x, last], ["tail"], axis=1)
        self.matrix(self.norm(x, "n"), "logits", width, 256)
        kept = ["B", heads, "S", each]
        names = range(self.shape["layers"])
        of = helper.make_tensor_value_info
        inputs = [
            of("tokens", TensorProto.INT64, ["B", "T"]),
            of("lengths", TensorProto.INT32, ["B"]),
            of("total", TensorProto.INT32, [1]),
            *(of(f"{k}.{i}", TensorProto.FLOAT, kept) for i in names for k in ("key", "value")),
        ]
        outputs = [
            of("logits", TensorProto.FLOAT, ["B", 1, 256]),
            *(of(f"new_{k}.{i}", TensorProto.FLOAT, kept) for i in names for k in ("key", "value")),
        ]
        graph = helper.make_graph(self.nodes, "step", inputs, outputs, self.weights)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def prepare():
    """Write the model and quantize it."""
    with tempfile.TemporaryDirectory() as folder:
        exact, small = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        onnx.save(Graph(protocol.shape()).model(), exact)
        quantize_dynamic(
            exact,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        return small.read_bytes()


def open_engine(model):
    """Open it on one thread; keys and values stay in place from step to step."""
    shape = protocol.shape()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    each = shape["width"] // shape["heads"]
    names = [f"{kind}.{i}" for i in range(shape["layers"]) for kind in ("key", "value")]

    def value(array):
        return onnxruntime.OrtValue.ortvalue_from_numpy(array)

    def run(count, prompt, make):
        size = (count, shape["heads"], prompt + make, each)
        binding = session.io_binding()
        for name in names:
            kept = value(np.zeros(size, np.float32))
            binding.bind_ortvalue_input(name, kept)
            binding.bind_ortvalue_output(f"new_{name}", kept)
        binding.bind_output("logits")
        tokens = np.random.default_rng(1).integers(0, 256, (count, prompt))
        end = 0
        for _ in range(make):
            end += tokens.shape[1]
            binding.bind_ortvalue_input("tokens", value(tokens))
            binding.bind_ortvalue_input("lengths", value(np.full(count, end - 1, np.int32)))
            binding.bind_ortvalue_input("total", value(np.array([end], np.int32)))
            session.run_with_iobinding(binding)
            tokens = binding.get_outputs()[-1].numpy().argmax(-1)

    return f"ONNX Runtime {onnxruntime.__version__} int8", run


if __name__ == "__main__":
    protocol.serve(open_engine, prepare)
