"""A stand-in for the package ``onnx``, whose models are lists of nodes, and an interpreter of these nodes in numpy."""

import pickle
from types import SimpleNamespace

import numpy as np


class Model(SimpleNamespace):
    def SerializeToString(self):  # noqa: N802 - the name in onnx
        return pickle.dumps(self)


class Node(SimpleNamespace):
    pass


stand_in = SimpleNamespace(
    helper=SimpleNamespace(
        np_dtype_to_tensor_dtype=np.dtype,
        make_node=lambda kind, given, outputs, **facts: Node(kind=kind, given=given, output=outputs[0], facts=facts),
        make_tensor_value_info=lambda name, kind, shape: (name, kind, shape),
        make_graph=lambda nodes, name, inputs, outputs, stored: Model(
            nodes=nodes, name=name, inputs=inputs, outputs=outputs, stored=dict(stored)
        ),
        make_opsetid=lambda domain, version: version,
        make_model=lambda graph, **facts: graph,
    ),
    numpy_helper=SimpleNamespace(from_array=lambda array, name: (name, array)),
    checker=SimpleNamespace(check_model=lambda model: None),
)


def _summed(x, axes=None, keepdims=0):
    return np.sum(x, None if axes is None else tuple(axes), keepdims=bool(keepdims))


PLAIN = "exp log sqrt sin cos tan sinh cosh tanh abs sign floor".split()
along = lambda function: lambda x, axes, keepdims: function(x, axis=tuple(axes), keepdims=bool(keepdims))
OPERATIONS = {
    **{each.capitalize(): getattr(np, each) for each in PLAIN},
    **{each.capitalize(): getattr(np, f"arc{each[1:]}") for each in "asin acos atan asinh acosh atanh".split()},
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Neg": np.negative, "Pow": np.power,
    "Max": np.maximum, "Min": np.minimum, "Less": np.less, "Equal": np.equal, "Not": np.logical_not, "Where": np.where,
    "Round": np.rint, "Identity": lambda x: x, "MatMul": np.matmul,
    "Einsum": lambda *xs, equation: np.einsum(equation, *xs), "ReduceSum": _summed,
    "ReduceMax": along(np.max), "ReduceMin": along(np.min), "ReduceProd": along(np.prod), "ReduceMean": along(np.mean),
    "Shape": lambda x: np.array(x.shape), "Reshape": lambda x, shape: x.reshape(shape),
    "Expand": lambda x, shape: np.broadcast_to(x, shape), "Transpose": lambda x, perm: np.transpose(x, perm),
    "Gather": lambda x, at, axis: np.take(x, at, axis), "Concat": lambda *xs, axis: np.concatenate(xs, axis),
    "Squeeze": lambda x, axes: np.squeeze(x, tuple(axes)), "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(axes)),
    "Softmax": lambda x, axis: np.exp(x) / np.exp(x).sum(axis, keepdims=True),
    "LogSoftmax": lambda x, axis: x - np.log(np.exp(x).sum(axis, keepdims=True)),
}  # fmt: skip


def _sliced(x, starts, ends, axes=(0,), steps=(1,)):
    return x[(*[slice(None)] * axes[0], slice(starts[0], ends[0], steps[0]))]


def _scattered(x, places, given, axis, reduction):
    found = x.copy()
    np.add.at(found, places, given)
    return found


OPERATIONS |= {
    "Slice": _sliced, "ScatterElements": _scattered,
    "Cast": lambda x, to: np.asarray(x).astype(to), "And": np.logical_and, "Or": np.logical_or, "IsNaN": np.isnan,
    "Greater": np.greater, "LessOrEqual": np.less_equal, "GreaterOrEqual": np.greater_equal, "CumSum": np.cumsum,
    "Trilu": lambda x, k, upper: np.tril(x, int(k)),
    "Pad": lambda x, pads, _: np.pad(x, np.reshape(pads, (2, -1)).T),
    "GatherElements": lambda x, at, axis: np.take_along_axis(x, at, axis),
    "ArgMax": lambda x, axis, keepdims: np.argmax(x, axis, keepdims=bool(keepdims)),
    "ArgMin": lambda x, axis, keepdims: np.argmin(x, axis, keepdims=bool(keepdims)),
    "ReduceMean": lambda x, keepdims, axes=None: np.mean(x, axes and tuple(axes), keepdims=bool(keepdims)),
}  # fmt: skip


def _kind(kind):
    return float if kind.kind == "f" else kind


def run(path, **given):
    """The outputs of a saved model of the stand-in."""
    model = pickle.loads(path.read_bytes())
    found = {**model.stored, **{name: np.asarray(given[name], dtype=_kind(kind)) for name, kind, _ in model.inputs}}
    for node in model.nodes:
        found[node.output] = OPERATIONS[node.kind](*[found[name] for name in node.given], **node.facts)
    return {name: found[name] for name, _, _ in model.outputs}
