#!/usr/bin/env python3
"""Runs an exported graph by itself and compares: onnx-evaluate.py MODEL.onnx ROWS.json TOLERANCE

Written from the operator documentation of ONNX, over python3-onnx (which reads the file and checks it) and
numpy. ROWS.json: {"columns": {NAME: [cells]}, "labels": [...] or null, "outputs": [[numbers or null]]}; a cell
that is missing is null. Operators are strict about types, as the standard is: nothing is cast in silence."""
import json
import sys

import numpy as np
import onnx
from onnx import numpy_helper

DTYPES = {1: np.float32, 7: np.int64, 9: np.bool_, 11: np.float64}


def same(op):
    def run(at, a, b):
        assert a.dtype == b.dtype, f"{op.__name__}: {a.dtype} and {b.dtype}"
        return op(a, b)
    return run


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return (np.where(x < 0, e, 1) / (1 + e)).astype(x.dtype)


def softmax(at, z):
    e = np.exp(z - z.max(axis=at["axis"], keepdims=True))
    return e / e.sum(axis=at["axis"], keepdims=True)


def where(at, c, a, b):
    assert c.dtype == np.bool_ and a.dtype == b.dtype, f"Where: {c.dtype}, {a.dtype}, {b.dtype}"
    return np.where(c, a, b)


def gemm(at, a, b, c):
    assert a.dtype == b.dtype == c.dtype
    assert at.get("transA", 0) == 0 and at.get("alpha", 1) == 1 and at.get("beta", 1) == 1
    return a @ (b.T if at.get("transB", 0) else b) + c


def label_encoder(at, x):
    (keys,) = [v for k, v in at.items() if k.startswith("keys_")]
    (values,) = [v for k, v in at.items() if k.startswith("values_")]
    (other,) = [v for k, v in at.items() if k.startswith("default_")]
    kinds = {k.split("_")[1] for k in at if k.startswith(("keys_", "values_"))}
    assert len(keys) == len(values) and len(set(keys)) == len(keys) and len(kinds) == 2
    table = dict(zip(keys, values))
    found = [table.get(cell, other) for cell in x.ravel().tolist()]
    return np.array(found, dtype=np.int64 if isinstance(other, int) else object).reshape(x.shape)


OPERATORS = {
    "Add": same(np.add), "Sub": same(np.subtract), "Mul": same(np.multiply), "Div": same(np.divide),
    "MatMul": same(np.matmul), "Equal": same(np.equal), "Greater": same(np.greater), "Less": same(np.less),
    "GreaterOrEqual": same(np.greater_equal), "LessOrEqual": same(np.less_equal),
    "And": same(np.logical_and), "Or": same(np.logical_or), "Max": same(np.maximum), "Min": same(np.minimum),
    "Not": lambda at, x: np.logical_not(x), "IsNaN": lambda at, x: np.isnan(x),
    "Neg": lambda at, x: -x, "Abs": lambda at, x: np.abs(x), "Exp": lambda at, x: np.exp(x),
    "Log": lambda at, x: np.log(x), "Sqrt": lambda at, x: np.sqrt(x), "Floor": lambda at, x: np.floor(x),
    "Tanh": lambda at, x: np.tanh(x), "Relu": lambda at, x: np.maximum(x, x.dtype.type(0)),
    "Sigmoid": lambda at, x: sigmoid(x), "Softmax": softmax, "Where": where, "Gemm": gemm,
    "Identity": lambda at, x: x, "LabelEncoder": label_encoder,
    "Cast": lambda at, x: x.astype(DTYPES[at["to"]]),
    "Concat": lambda at, *x: np.concatenate(x, axis=at["axis"]),
    "Gather": lambda at, x, i: np.take(x, i, axis=at.get("axis", 0)),
    "Squeeze": lambda at, x, axes: np.squeeze(x, axis=tuple(axes.tolist())),
    "ReduceSum": lambda at, x, axes: x.sum(axis=tuple(axes.tolist()), keepdims=bool(at.get("keepdims", 1)), dtype=x.dtype),
    "ReduceMean": lambda at, x: x.mean(axis=tuple(at["axes"]), keepdims=bool(at.get("keepdims", 1)), dtype=x.dtype),
    "ArgMax": lambda at, x: np.argmax(x, axis=at["axis"], keepdims=bool(at.get("keepdims", 1))),
}


def attribute(a):
    value = onnx.helper.get_attribute_value(a)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], bytes):
        return [v.decode() for v in value]
    return list(value) if not isinstance(value, (int, float)) else value


def run(graph, values):
    for t in graph.initializer:
        values[t.name] = numpy_helper.to_array(t)
    for node in graph.node:
        at = {a.name: attribute(a) for a in node.attribute}
        with np.errstate(all="ignore"):
            result = OPERATORS[node.op_type](at, *[values[i] for i in node.input])
        assert node.output[0] not in values, f"{node.output[0]} is made twice"
        values[node.output[0]] = result
    return values


def column(value, cells):
    kind = value.type.tensor_type.elem_type
    if kind == 8:
        return np.array([["" if c is None else c] for c in cells], dtype=object)
    return np.array([[np.nan if c is None else c] for c in cells], dtype=DTYPES[kind])


def compare(got, wanted, tolerance):
    wanted = np.array([[np.nan if x is None else x for x in row] for row in wanted])
    assert got.shape == wanted.shape, f"{got.shape} and not {wanted.shape}"
    assert (np.isnan(got) == np.isnan(wanted)).all(), "other rows are refused"
    error = np.abs(got - wanted) / np.maximum(1, np.abs(wanted))
    worst = np.nanmax(error)
    if not worst <= tolerance:
        row = int(np.nanargmax(error.max(axis=1)))
        sys.exit(f"row {row}: {got[row]} and not {wanted[row]}: {worst}")
    return worst


def main():
    path, rows, tolerance = sys.argv[1], json.load(open(sys.argv[2], encoding="utf-8")), float(sys.argv[3])
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    graph = model.graph
    assert [v.name for v in graph.input] == list(rows["columns"]), "the inputs are not the columns"
    values = run(graph, {v.name: column(v, rows["columns"][v.name]) for v in graph.input})
    outputs = [v.name for v in graph.output]
    for v in graph.output:
        kind = v.type.tensor_type.elem_type
        assert kind == 8 or values[v.name].dtype == DTYPES[kind], f"{v.name} is of another type"
    worst = compare(values[outputs[-1]].astype(np.float64), rows["outputs"], tolerance)
    if rows["labels"] is not None:
        labels = ["" if x is None else x for x in rows["labels"]]
        assert values[outputs[0]].tolist() == labels, "the labels are others"
    print(f"{len(rows['outputs'])} rows, {len(graph.node)} operators, largest difference {worst:.1e}")


main()
