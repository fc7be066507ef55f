"""Values as text: brackets, what is left out, structures of tensors."""

import pathlib
import tempfile

import numpy as np

from tests.oracle.programs import Table

table = Table()
VALUES = {
    "scalar": np.int32(5),
    "vector": np.arange(8),
    "short": np.arange(6),
    "matrix": np.arange(100).reshape(10, 10),
    "cube": np.zeros([2, 3, 4]),
    "empty": np.zeros([0]),
    "float": np.float32([1e-9, 1.0, 100000.0, 1 / 3, np.nan, -np.inf]),
    "double": np.float64([0.1, 1 / 3, 1e300]),
    "half": np.float16([0.5, 0.1]),
    "bool": np.array([True, False]),
    "strings": np.array([b"a", b'q"\n\xff'], object),
}
for name, value in VALUES.items():
    for limit in (3, 1, -1):
        table.add(
            f"format_{name}_{limit}",
            lambda tf, v=value, n=limit: tf.strings.format(
                "<{}>", tf.constant(v), summarize=n
            ),
        )
table.add("format_two", lambda tf: tf.strings.format("{} {}", [tf.constant(1), 2]))
table.add(
    "format_placeholder", lambda tf: tf.strings.format("{} %t", [tf.constant(1)], "%t")
)
table.add(
    "bad_format_count",
    lambda tf: tf.strings.format("{} {}", [tf.constant(1)]),
    raises="ValueError",
)
PRINTED = {
    "structure": lambda tf: (
        "x", tf.constant([1, 2]), {"b": "s", "a": tf.constant(1.5)},
        [tf.constant(1), "q", 2.5], (tf.constant(True),), None,
    ),
    "braces": lambda tf: (tf.constant(1), "a {} b"),
    "sparse": lambda tf: (tf.SparseTensor([[0, 0]], [1.0], [2, 2]),),
    "text": lambda tf: (tf.constant("one string"),),
    "texts": lambda tf: (tf.constant(["a", "b"]), tf.constant("c")),
    "nothing": lambda tf: (),
    "no_tensors": lambda tf: ("it is", 5),
}  # fmt: skip
for name, inputs in PRINTED.items():
    for options in ({}, {"sep": ", ", "end": "|", "summarize": 1}):

        def printed(tf, sess, inputs=inputs, options=options):
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "out"
                op = tf.print(*inputs(tf), output_stream=f"file://{path}", **options)
                sess.run(op)
                sess.run(op)
                return [op.type, op.name, path.read_text()]

        table.add(f"print_{name}_{len(options)}", printed, is_script=True)
table.add(
    "bad_print_stream",
    lambda tf: tf.print("x", output_stream="zz"),
    raises="ValueError",
)
table.add("bad_print_argument", lambda tf: tf.print("x", data=3), raises="ValueError")
