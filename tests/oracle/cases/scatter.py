"""Parts of variables, written by index: `scatter_*` and `scatter_nd_*`."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
START = np.arange(8, dtype=np.float32).reshape(4, 2) + 1
UPDATES = np.float32([[2, 4], [0.5, 8], [3, 3]])
TWICE = [3, 0, 3]


def variable(tf, use_resource, value=START):
    return tf.get_variable("v", initializer=value, use_resource=use_resource)


def scattered(tf, name, indices, updates, use_resource):
    with tf.control_dependencies(
        [getattr(tf, name)(v := variable(tf, use_resource), indices, updates)]
    ):
        return v.read_value()


for use_resource in (False, True):
    kind = "resource" if use_resource else "ref"
    for name in ("update", "add", "sub", "mul", "div", "max", "min"):
        indices = [3, 0, 1] if name == "update" else TWICE
        table.add(
            f"scatter_{name}_{kind}",
            lambda tf, name=f"scatter_{name}", indices=indices, r=use_resource: (
                scattered(tf, name, indices, UPDATES, r)
            ),
            steps=2,
        )
    for name in ("update", "add", "sub"):
        places = [[3], [0], [1]] if name == "update" else [[3], [0], [3]]
        table.add(
            f"scatter_nd_{name}_{kind}",
            lambda tf, name=f"scatter_nd_{name}", places=places, r=use_resource: (
                scattered(tf, name, places, UPDATES, r)
            ),
            steps=2,
        )
        table.add(
            f"scatter_nd_{name}_{kind}_elements",
            lambda tf, name=f"scatter_nd_{name}", r=use_resource: scattered(
                tf, name, [[3, 1], [0, 0]], np.float32([7, 9]), r
            ),
        )

for name in ("update", "add", "mul", "max"):
    table.add(
        f"scatter_{name}_gives_the_reference",
        lambda tf, name=name: getattr(tf, f"scatter_{name}")(
            variable(tf, False), [1], [[5.0, 0.5]]
        ),
    )
    table.add(
        f"scatter_{name}_out_of_range",
        lambda tf, name=name: getattr(tf, f"scatter_{name}")(
            variable(tf, False), [4], [[5.0, 0.5]]
        ),
        raises="InvalidArgumentError",
    )
    table.add(
        f"scatter_{name}_of_the_wrong_shape",
        lambda tf, name=name: getattr(tf, f"scatter_{name}")(
            variable(tf, False), [1], [[5.0, 0.5, 1.0]]
        ),
        raises="ValueError",
    )
table.add(
    "scatter_nd_out_of_range",
    lambda tf: tf.scatter_nd_add(variable(tf, False), [[4]], [[5.0, 0.5]]),
    raises="InvalidArgumentError",
)
