"""Graphs for the tests of pictures: plain objects with the attributes they read.

Real graphs refuse hostile names and cannot have any shape one likes; what `view` reads
of an operation is little, and is all that these have.
"""

from types import SimpleNamespace

import numpy as np


class FakeTensor:
    def __init__(self, op, value_index, dtype, shape):
        self.op = op
        self.value_index = value_index
        self.dtype = SimpleNamespace(name=dtype)
        self.static_shape = shape


class FakeOperation:
    def __init__(
        self, op_type, name, inputs, outputs, control, device, attrs, stateful
    ):
        self.type = op_type
        self.name = name
        self.inputs = tuple(inputs)
        self.control_inputs = list(control)
        self.device = device
        self.attrs = attrs
        self.op_def = SimpleNamespace(stateful=stateful)
        self.outputs = [
            FakeTensor(self, index, dtype, shape)
            for index, (dtype, shape) in enumerate(outputs)
        ]


class FakeGraph(list):
    """A list of operations with methods that add one and return its first output."""

    def op(
        self,
        op_type,
        name,
        inputs=(),
        dtype="float32",
        shape=(),
        *,
        outputs=None,
        control=(),
        device="",
        stateful=False,
        **attrs,
    ):
        made = FakeOperation(
            op_type,
            name,
            inputs,
            [(dtype, shape)] if outputs is None else outputs,
            control,
            device,
            attrs,
            stateful,
        )
        self.append(made)
        return made.outputs[0] if made.outputs else made

    def constant(self, value, name, dtype="float32"):
        array = np.asarray(value, object if dtype == "string" else dtype)
        return self.op("Const", name, (), dtype, array.shape, value=array)

    def placeholder(self, name, shape=(), dtype="float32"):
        return self.op("Placeholder", name, (), dtype, shape)

    def variable(self, name, shape, initial=None, device=""):
        """Returns the value read; the assignment of the initial value is `[-2]`."""
        if initial is None:
            initial = self.constant(np.zeros(shape), f"{name}/initial_value")
        reference = self.op(
            "VariableV2", name, (), "float32_ref", shape, device=device, stateful=True
        )
        self.op("Assign", f"{name}/Assign", (reference, initial), "float32_ref", shape)
        return self.op("Identity", f"{name}/read", (reference,), shape=shape)

    def named(self, name):
        return next(op for op in self if op.name == name)


def product():
    """a = 5, b = 6, c = a * b."""
    graph = FakeGraph()
    a, b = graph.constant(5.0, "a"), graph.constant(6.0, "b")
    graph.op("Mul", "c", (a, b))
    return graph


def classifier(layers=3, device=""):
    """Layers in scopes, a loss, an optimizer that touches every layer, an `init`."""
    graph = FakeGraph()
    x, y = graph.placeholder("x", (None, 64)), graph.placeholder("y", (None,), "int64")
    hidden, references, assignments = x, [], []
    for number in range(1, layers + 1):
        scope = f"layer{number}"
        weights = graph.variable(f"{scope}/weights", (64, 64), device=device)
        biases = graph.variable(f"{scope}/biases", (64,), device=device)
        for name in ("weights", "biases"):
            references.append(graph.named(f"{scope}/{name}").outputs[0])
            assignments.append(graph.named(f"{scope}/{name}/Assign"))
        product = graph.op(
            "MatMul", f"{scope}/MatMul", (hidden, weights), shape=(None, 64)
        )
        total = graph.op("Add", f"{scope}/add", (product, biases), shape=(None, 64))
        hidden = graph.op("Relu", f"{scope}/Relu", (total,), shape=(None, 64))
    each = graph.op("Xent", "loss/xent", (hidden, y), shape=(None,))
    axis = graph.constant([0], "loss/Const", "int32")
    loss = graph.op("Mean", "loss/Mean", (each, axis))
    gradient = graph.op("Fill", "gradients/Fill", (loss,))
    updates = []
    for number, reference in enumerate(references):
        name = f"gradients/{reference.op.name}_grad"
        step = graph.op("Grad", name, (reference, gradient, hidden))
        update = graph.op(
            "ApplyGradientDescent",
            f"train/update_{number}",
            (reference, step),
            "float32_ref",
            stateful=True,
        )
        updates.append(update.op)
    graph.op("NoOp", "train", outputs=[], control=updates)
    graph.op("NoOp", "init", outputs=[], control=assignments)
    return graph


HOSTILE = (
    '<b>&"x"',
    "<b>",
    '"];n1 [label=<<table>>',
    "</text><script>alert(1)</script>",
    "\\N\\G\\l",
    "new\nline\ttab\x00nul\x1b[31m",
    "日本語" * 30,
    "x" * 500,
    "&amp;#60;",
    '"><img src=x onerror=alert(1)>',
    "]]><script>alert(1)</script>",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f984",
    'it\'s `quoted` "twice"',
    "y" * 10_000,
)


def hostile():
    """Names, values and devices that try to be markup."""
    graph = FakeGraph()
    last = graph.constant(b"</desc><script>\n", "value", "string")
    for number, name in enumerate(HOSTILE):
        last = graph.op(
            "Print",
            f"scope<{number % 2}>/{name}" if number % 3 else name,
            (last,),
            shape=None,
            device="/job:<w>&\"'/task:0/device:GPU:1",
            stateful=True,
        )
    return graph


def chain(length):
    """`length` additions at top level, one after the other."""
    graph = FakeGraph()
    x, one = graph.placeholder("x", (2,)), graph.constant([1.0, 1.0], "one")
    for number in range(length):
        x = graph.op("Add", f"add_{number}", (x, one), shape=(2,))
    return graph


def blocks(length):
    """`length` additions in scopes three deep, ten in each."""
    graph = FakeGraph()
    x = graph.placeholder("x", (2,))
    for number in range(length // 10):
        scope = f"block{number // 100}/layer{number % 100 // 10}/sub{number % 10}"
        w = graph.constant([1.0, 1.0], f"{scope}/w")
        for step in range(9):
            x = graph.op("Add", f"{scope}/add_{step}", (x, w), shape=(2,))
    return graph
