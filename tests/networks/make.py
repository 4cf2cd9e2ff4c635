"""Makes the small ONNX files of this folder and, in outputs.json, inputs with the outputs that the standard's
reference implementation gives. Needs the PyPI packages onnx and numpy: `python3 make.py`."""

import json
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)


def constant(name, *shape, scale=0.5, positive=False):
    values = rng.normal(0, scale, shape)
    return numpy_helper.from_array((np.abs(values) + 0.5 if positive else values).astype(np.float32), name)


def node(kind, inputs, output, **settings):
    return helper.make_node(kind, inputs, [output], name=output, **settings)


def model(nodes, constants, shape):
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, ["batch", None])],
        constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made


MODELS = {
    "perceptron": model(
        [
            node("Gemm", ["x", "w1", "b1"], "h1", transB=1, alpha=0.5, beta=2.0),
            node("Relu", ["h1"], "a1"),
            node("Dropout", ["a1"], "d1"),
            node("MatMul", ["d1", "w2"], "h2"),
            node("Add", ["b2", "h2"], "c2"),
            node("BatchNormalization", ["c2", "s", "t", "m", "v"], "n2", epsilon=1e-3),
            node("Tanh", ["n2"], "a2"),
            node("Gemm", ["a2", "w3"], "h3"),
            node("Sigmoid", ["h3"], "a3"),
            node("Identity", ["a3"], "i3"),
            node("Softmax", ["i3"], "y", axis=1),
        ],
        [
            constant("w1", 7, 6), constant("b1", 7), constant("w2", 7, 5), constant("b2", 5), constant("w3", 5, 4),
            constant("s", 5), constant("t", 5), constant("m", 5), constant("v", 5, positive=True),
        ],
        [6],
    ),
    "convolutional": model(
        [
            node("Conv", ["x", "k1"], "h1", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            node("BatchNormalization", ["h1", "s", "t", "m", "v"], "n1"),
            node("Relu", ["n1"], "a1"),
            node("MaxPool", ["a1"], "p1", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0]),
            node("Conv", ["p1", "k2", "b2"], "h2", kernel_shape=[2, 3], strides=[1, 2], pads=[0, 1, 0, 1], group=2),
            node("AveragePool", ["h2"], "p2", kernel_shape=[2, 2], strides=[1, 1], pads=[1, 1, 1, 1]),
            helper.make_node("Constant", [], ["shape"], value=numpy_helper.from_array(np.array([0, -1]))),
            node("Reshape", ["p2", "shape"], "f"),
            node("Gemm", ["f", "w", "b"], "y", transB=1),
        ],
        [
            constant("k1", 4, 2, 3, 3), constant("s", 4), constant("t", 4), constant("m", 4),
            constant("v", 4, positive=True), constant("k2", 6, 2, 2, 3), constant("b2", 6),
            constant("w", 3, 72), constant("b", 3),
        ],
        [2, 7, 8],
    ),
    "global_pool": model(
        [
            node("Conv", ["x", "k"], "h", kernel_shape=[2, 2]),
            node("Add", ["h", "b"], "c"),
            node("GlobalAveragePool", ["c"], "p"),
            node("Flatten", ["p"], "y"),
        ],
        [constant("k", 3, 1, 2, 2), constant("b", 3, 1, 1)],
        [1, 4, 5],
    ),
}

outputs = {}
for name, made in MODELS.items():
    onnx.save(made, HERE / f"{name}.onnx")
    shape = [d.dim_value for d in made.graph.input[0].type.tensor_type.shape.dim[1:]]
    x = rng.normal(0, 1, (3, *shape)).astype(np.float32)
    (y,) = ReferenceEvaluator(made).run(None, {"x": x})
    outputs[name] = {"x": x.reshape(3, -1).tolist(), "y": np.asarray(y).reshape(3, -1).tolist()}
(HERE / "outputs.json").write_text(json.dumps(outputs))
