"""Summaries: the very bytes, but for PNG files, of which the pixels must agree."""

import io

import numpy as np
from PIL import Image

from tests.oracle.programs import Table

table = Table()
RNG = np.random.default_rng(4)


def pixels(data):
    return np.array(Image.open(io.BytesIO(data)))


def written(make):
    """A program that runs the summary of `make` and gives its bytes."""

    def program(tf, sess):
        return bytes(sess.run(make(tf)))

    return program


def drawn(make):
    """A program that runs an image summary and gives tags, sizes and pixels."""

    def program(tf, sess):
        summary = tf.Summary.FromString(sess.run(make(tf)))
        return [
            (v.tag, v.image.height, v.image.width, v.image.colorspace)
            + (pixels(v.image.encoded_image_string),)
            for v in summary.value
        ]

    return program


def scripts(cases, wrapper=written):
    for name, make in cases.items():
        program = wrapper(make)
        program.__name__ = name
        table.script()(program)


# -- scalars and tags -----------------------------------------------------------------


def in_scope(make):
    def scoped(tf):
        with tf.name_scope("outer"):
            return make(tf)

    return scoped


def twice(tf):
    tf.summary.scalar("loss", 1.0)
    return tf.summary.scalar("loss", 2.0)


scripts(
    {
        "scalar": lambda tf: tf.summary.scalar("loss", 0.25),
        "scalar_int": lambda tf: tf.summary.scalar("n", np.int64(2**40 + 1)),
        "scalar_half": lambda tf: tf.summary.scalar("n", np.float16(0.1)),
        "scalar_double": lambda tf: tf.summary.scalar("n", np.float64(0.1)),
        "scalar_nan": lambda tf: tf.summary.scalar("n", np.float32("nan")),
        "scalar_overflow": lambda tf: tf.summary.scalar("n", np.float64(1e300)),
        "scalar_twice": twice,
        "scalar_illegal_name": lambda tf: tf.summary.scalar("a b/c:d", 1.0),
        "scalar_leading_slash": lambda tf: tf.summary.scalar("/a/b", 1.0),
        "scalar_in_scope": in_scope(lambda tf: tf.summary.scalar("x", 1.0)),
        "scalar_family": in_scope(lambda tf: tf.summary.scalar("x", 1.0, family="f g")),
        "histogram_family": lambda tf: tf.summary.histogram("x", [1.0], family="f"),
        "tensor_family": in_scope(
            lambda tf: tf.summary.tensor_summary("t", 1.0, family="f")
        ),
        "text": lambda tf: tf.summary.text("t", tf.constant([["a", "b"], ["c", "d"]])),
        "text_scalar": in_scope(lambda tf: tf.summary.text("t", tf.constant("hello"))),
        "tensor_summary": lambda tf: tf.summary.tensor_summary(
            "t", [[1, 2], [3, 4]], summary_description="what", display_name="shown"
        ),
        "tensor_summary_scalar": lambda tf: tf.summary.tensor_summary("t", 1.5),
        "tensor_summary_same": lambda tf: tf.summary.tensor_summary("t", [7, 7, 7]),
        "tensor_summary_bool": lambda tf: tf.summary.tensor_summary("t", [True, False]),
        "tensor_summary_complex": lambda tf: tf.summary.tensor_summary("t", [1j]),
        "tensor_summary_empty": lambda tf: tf.summary.tensor_summary(
            "t", np.zeros([0, 3])
        ),
        "tensor_summary_metadata": lambda tf: tf.summary.tensor_summary(
            "t",
            "word",
            summary_metadata=tf.SummaryMetadata(
                plugin_data=tf.SummaryMetadata.PluginData(
                    plugin_name="mine", content=b"\1"
                )
            ),
            display_name="n",
        ),
        "merged": lambda tf: tf.summary.merge(
            [tf.summary.scalar("a", 1.0), tf.summary.histogram("b", [1.0, 2.0])]
        ),
    }
)


def merged_scope(tf):
    tf.summary.scalar("a", 1.0)
    with tf.name_scope("in"):
        tf.summary.scalar("b", 1.0)
    return tf.summary.merge_all(scope="in")


def merged_key(tf):
    tf.summary.scalar("a", 1.0, collections=["mine"])
    tf.summary.scalar("b", 1.0)
    return tf.summary.merge_all("mine")


scripts({"merge_all_scope": merged_scope, "merge_all_key": merged_key})


@table.script()
def merge_all_of_nothing(tf, sess):
    return [tf.summary.merge_all(), tf.get_default_graph().get_operations()]


@table.script()
def summary_nodes(tf, sess):
    with tf.name_scope("m"):
        tf.summary.scalar("s", 1.0)
        tf.summary.histogram("h", [1.0], family="f")
        tf.summary.image("i", np.zeros([1, 2, 2, 3], np.float32))
        tf.summary.audio("a", np.zeros([1, 2], np.float32), 8000)
        tf.summary.text("t", tf.constant("x"), collections=["c"])
    tf.summary.merge_all(name="all")
    graph = tf.get_default_graph()
    nodes = [
        (op.type, op.name, [x.name for x in op.inputs]) for op in graph.get_operations()
    ]
    return [nodes, [t.name for t in tf.get_collection("c")]]


# -- histograms -----------------------------------------------------------------------

HISTOGRAMS = {
    "one": [1.0],
    "zero": [0.0],
    "minus_zero": [-0.0],
    "negative": [-3.0, -2.0, -1e-5],
    "empty": np.zeros([0], np.float32),
    "both": [1.0, 2.0, -3.0, 0.0],
    "tiny": np.float32([1e-13, -1e-13, 1e-12, 1e-30]),
    "huge": np.float64([1e30, -1e30, 1e19, 1e300]),
    "ints": np.arange(-50, 50, dtype=np.int64),
    "uint8": np.arange(0, 255, dtype=np.uint8),
    "limits": np.float64([1e-12, 1e-12 * 1.1]),
    "matrix": RNG.standard_normal([30, 20]).astype(np.float32),
    "wide": np.exp(RNG.standard_normal(1000) * 10).astype(np.float32),
    "half": np.float16([0.1, 0.2, 0.1]),
}
scripts(
    {
        f"histogram_{name}": lambda tf, v=values: tf.summary.histogram("h", v)
        for name, values in HISTOGRAMS.items()
    }
)

# -- images ---------------------------------------------------------------------------

NAN, INF = np.float32("nan"), np.float32("inf")
IMAGES = {
    "grey": np.float32([0, 0.5, 1, 2, 3, 4]).reshape(1, 1, 6, 1),
    "negative": np.float32([-4, 0.5, 1]).reshape(1, 1, 3, 1),
    "only_negative": np.float32([-4, -0.5, -1]).reshape(1, 1, 3, 1),
    "black": np.zeros([1, 2, 2, 1], np.float32),
    "nearly_black": np.float32([1e-7, 9e-7]).reshape(1, 1, 2, 1),
    "nearly_grey": np.float32([-1e-7, 9e-7]).reshape(1, 1, 2, 1),
    "not_a_number": np.float32([NAN, 1, 0.5, INF, -INF]).reshape(1, 1, 5, 1),
    "bad_colour": np.float32([NAN, 9, 0.5, -1, 2, 3]).reshape(1, 1, 2, 3),
    "bad_opacity": np.float32([NAN, 1, 2, 3, 4, 5, 6, 7]).reshape(1, 1, 2, 4),
    "all_bad": np.full([1, 1, 3, 3], NAN, np.float32),
    "colour": RNG.random([2, 5, 4, 3]).astype(np.float32),
    "colour_normal": RNG.standard_normal([2, 5, 4, 3]).astype(np.float32),
    "opacity": RNG.random([1, 5, 4, 4]).astype(np.float32),
    "bytes": RNG.integers(0, 256, [4, 3, 3, 3]).astype(np.uint8),
    "half": RNG.random([1, 6, 6, 1]).astype(np.float16),
    "half_normal": RNG.standard_normal([1, 6, 6, 1]).astype(np.float16),
    "double": RNG.random([1, 6, 6, 3]),
    "none": np.zeros([0, 2, 2, 1], np.float32),
    "each_its_own": np.float32([300, 0.5, -100, 1]).reshape(2, 1, 2, 1),
}
scripts(
    {
        f"image_{name}": lambda tf, v=batch: tf.summary.image("im", v)
        for name, batch in IMAGES.items()
    },
    drawn,
)
scripts(
    {
        "image_single": lambda tf: tf.summary.image(
            "im", IMAGES["bytes"], max_outputs=1
        ),
        "image_most": lambda tf: tf.summary.image("im", IMAGES["bytes"], 2),
    },
    drawn,
)

# -- sound ----------------------------------------------------------------------------

SOUNDS = {
    "clipped": (np.float32([[2, -2, 0.5, -0.5, 1, -1, 1e-5, NAN]]), 10.0),
    "rounded": (np.float32([np.arange(-20, 20) / 65536]), 44100),
    "stereo": (RNG.uniform(-1, 1, [5, 7, 2]).astype(np.float32), 44100.7),
    "silence": (np.zeros([1, 0, 1], np.float32), 8000),
}
scripts(
    {
        f"audio_{name}": lambda tf, v=clip, r=rate: tf.summary.audio("au", v, r)
        for name, (clip, rate) in SOUNDS.items()
    }
    | {"audio_single": lambda tf: tf.summary.audio("au", [[0.5]], 8000, 1)}
)

# -- what is refused ------------------------------------------------------------------

REFUSED = {
    "scalar_of_vector": (
        lambda tf: tf.summary.scalar("s", [1.0]),
        "InvalidArgumentError",
    ),
    "scalar_of_bool": (lambda tf: tf.summary.scalar("s", True), "TypeError"),
    "scalar_of_text": (lambda tf: tf.summary.scalar("s", "x"), "TypeError"),
    "scalar_bad_name": (lambda tf: tf.summary.scalar("-a", 1.0), "ValueError"),
    "scalar_no_name": (lambda tf: tf.summary.scalar(None, 1.0), "ValueError"),
    "histogram_nan": (
        lambda tf: tf.summary.histogram("h", [NAN]),
        "InvalidArgumentError",
    ),
    "histogram_inf": (
        lambda tf: tf.summary.histogram("h", [-INF]),
        "InvalidArgumentError",
    ),
    "image_of_matrix": (
        lambda tf: tf.summary.image("i", np.zeros([2, 2], np.float32)),
        "InvalidArgumentError",
    ),
    "image_two_channels": (
        lambda tf: tf.summary.image("i", np.zeros([1, 2, 2, 2], np.float32)),
        "InvalidArgumentError",
    ),
    "image_empty": (
        lambda tf: tf.summary.image("i", np.zeros([1, 0, 2, 1], np.float32)),
        "InvalidArgumentError",
    ),
    "image_max_zero": (
        lambda tf: tf.summary.image("i", np.zeros([1, 2, 2, 1], np.float32), 0),
        "ValueError",
    ),
    "audio_of_vector": (
        lambda tf: tf.summary.audio("a", np.zeros([2], np.float32), 1.0),
        "InvalidArgumentError",
    ),
    "audio_no_rate": (
        lambda tf: tf.summary.audio("a", np.zeros([1, 2], np.float32), 0.0),
        "InvalidArgumentError",
    ),
    "audio_no_channel": (
        lambda tf: tf.summary.audio("a", np.zeros([1, 2, 0], np.float32), 1.0),
        "InvalidArgumentError",
    ),
    "text_of_number": (
        lambda tf: tf.summary.text("t", tf.constant(1)),
        "ValueError",
    ),
    "merge_nothing": (lambda tf: tf.summary.merge([]), "ValueError"),
    "merge_same_tag": (
        lambda tf: tf.summary.merge([tf.summary.scalar("s", 1.0)] * 2),
        "InvalidArgumentError",
    ),
    "merge_no_summary": (
        lambda tf: tf.summary.merge([b"abc"]),
        "InvalidArgumentError",
    ),
}
for name, (make, error) in REFUSED.items():
    table.add(name, make, raises=error, any_static_shape=True)
