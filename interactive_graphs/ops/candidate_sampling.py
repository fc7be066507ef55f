"""A few classes drawn at random, to train on instead of all of them.

The numbers drawn are not TensorFlow's; their distributions are.
Read next: `sampled_loss.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from interactive_graphs._util.file_errors import errors_of_files
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, OpDef, define
from interactive_graphs.framework.seed import get_seed
from interactive_graphs.framework.shape_rules import with_rank
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import candidates as cpu
from interactive_graphs.ops.random_ops import generator, new_generator


class SampledValues(NamedTuple):
    """What the samplers give.

    Attributes:
        sampled_candidates: int64, `[num_sampled]`.
        true_expected_count: float32, `[batch, num_true]`, how often each true class is
            expected among them.
        sampled_expected_count: float32, `[num_sampled]`, the same for those drawn.
    """

    sampled_candidates: Tensor
    true_expected_count: Tensor
    sampled_expected_count: Tensor


def _sampler_shape(op: Operation) -> list[Shape]:
    batch, _ = with_rank(op.inputs[0].static_shape, 2) or (None, None)
    count = op.attrs["num_sampled"]
    return [(count,), (batch, op.attrs["num_true"]), (count,)]


def _define(name: str, doc: str, **more: Any) -> OpDef:
    attrs: dict[str, Any] = {
        "num_true": Attr("int", minimum=1), "num_sampled": Attr("int", minimum=1),
        "unique": Attr("bool"),
    }  # fmt: skip
    if name != "AllCandidateSampler":
        attrs["range_max"] = Attr("int", minimum=1)
    return define(
        name,
        "true_classes: int64 -> sampled_candidates: int64, "
        "true_expected_count: float32, sampled_expected_count: float32",
        **attrs, **more, seed=0, seed2=0,
        shape=_sampler_shape, gradient=None, stateful=True, doc=doc,
    )  # fmt: skip


uniform_sampler_op = _define(
    "UniformCandidateSampler", "Classes, all equally probable."
)


@uniform_sampler_op.kernel("CPU")
def _(
    ctx: Any, true_classes: Any, num_true: int, num_sampled: int, unique: bool,
    range_max: int,
) -> Any:  # fmt: skip
    cpu.check_true(true_classes, num_true, range_max)
    return cpu.sample(
        cpu.Uniform(range_max), generator(ctx), true_classes, num_sampled, unique
    )


log_uniform_sampler_op = _define(
    "LogUniformCandidateSampler", "Classes, the earlier ones more probable."
)


@log_uniform_sampler_op.kernel("CPU")
def _(
    ctx: Any, true_classes: Any, num_true: int, num_sampled: int, unique: bool,
    range_max: int,
) -> Any:  # fmt: skip
    cpu.check_true(true_classes, num_true, range_max)
    return cpu.sample(
        cpu.LogUniform(range_max), generator(ctx), true_classes, num_sampled, unique
    )


class _Learned:
    """How often each class was true so far, once more than it was."""

    def __init__(self, op: Operation) -> None:
        self.rng = new_generator(op)
        self.counts = np.ones(op.attrs["range_max"])


def _learned(
    ctx: Any, true_classes: Any, num_true: int, num_sampled: int, unique: bool,
    range_max: int,
) -> Any:  # fmt: skip
    cpu.check_true(true_classes, num_true, range_max)
    state: _Learned = ctx.state(lambda: _Learned(ctx.op))
    drawn = cpu.sample(
        cpu.Unigram(state.counts), state.rng, true_classes, num_sampled, unique
    )
    np.add.at(state.counts, true_classes.reshape(-1), 1)
    return drawn


for _name in ("LearnedUnigramCandidateSampler", "ThreadUnsafeUnigramCandidateSampler"):
    _define(_name, "Classes by how often they were true so far.").kernel("CPU")(
        _learned
    )


fixed_unigram_sampler_op = _define(
    "FixedUnigramCandidateSampler", "Classes by weights that are given.",
    vocab_file="", distortion=1.0, num_reserved_ids=0,
    num_shards=Attr("int", 1, minimum=1), shard=Attr("int", 0, minimum=0),
    unigrams=Attr("list(float)", ()),
)  # fmt: skip


def _weights_in(path: str) -> list[float]:
    """The last field of each line of a vocabulary."""
    with errors_of_files(), open(path, encoding="utf-8") as file:
        text = file.read()
    weights = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            weights.append(float(line.split(",")[-1]))
        except ValueError:
            invalid(f"Wrong vocabulary format at line {number} of {path}: {line!r}")
    return weights


def _fixed(op: Operation) -> tuple[np.random.Generator, cpu.Unigram]:
    """The stream, and the distribution that the attributes say."""
    path, given = op.attrs["vocab_file"].decode(), list(op.attrs["unigrams"])
    if path and given:
        invalid("Must only provide one of vocab_file and unigrams.")
    if not path and not given:
        invalid("Must provide either vocab_file or unigrams.")
    weights = np.array(_weights_in(path) if path else given, np.float64)
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        invalid("The weights of classes must be numbers of at least 0.")
    reserved, shards = op.attrs["num_reserved_ids"], op.attrs["num_shards"]
    powers = weights ** op.attrs["distortion"]
    full = np.concatenate([np.zeros(reserved), powers])[op.attrs["shard"] :: shards]
    if len(full) != op.attrs["range_max"]:
        invalid(
            f"range is {op.attrs['range_max']} must be equal to weights size  "
            f"{len(full)}"
        )
    if not full.sum() > 0:
        invalid("At least one class must have a weight above 0.")
    return new_generator(op), cpu.Unigram(full)


@fixed_unigram_sampler_op.kernel("CPU")
def _(
    ctx: Any, true_classes: Any, num_true: int, num_sampled: int, unique: bool
) -> Any:
    rng, distribution = ctx.state(lambda: _fixed(ctx.op))
    cpu.check_true(true_classes, num_true, distribution.size)
    return cpu.sample(distribution, rng, true_classes, num_sampled, unique)


all_sampler_op = _define("AllCandidateSampler", "All classes, for tests.")


@all_sampler_op.kernel("CPU")
def _(true_classes: Any, num_true: int, num_sampled: int) -> Any:
    cpu.check_true(true_classes, num_true, None)
    ones = np.ones(num_sampled, np.float32)
    return np.arange(num_sampled), np.ones(true_classes.shape, np.float32), ones


def _hits_shape(op: Operation) -> list[Shape]:
    true_classes = with_rank(op.inputs[0].static_shape, 2)
    with_rank(op.inputs[1].static_shape, 1)
    wanted = op.attrs["num_true"]
    if true_classes is not None and true_classes[1] not in (wanted, None):
        raise ValueError(f"Dimension must be {wanted} but is {true_classes[1]}")
    return [(None,)] * 3


accidental_hits_op = define(
    "ComputeAccidentalHits",
    "true_classes: int64, sampled_candidates: int64 -> indices: int32, ids: int64, "
    "weights: float32",
    num_true=Attr("int"), seed=0, seed2=0, shape=_hits_shape, gradient=None,
    doc="Where drawn classes are true ones.",
)  # fmt: skip


@accidental_hits_op.kernel("CPU")
def _(true_classes: Any, sampled_candidates: Any, num_true: int) -> Any:
    cpu.check_true(true_classes, num_true, None)
    return cpu.accidental_hits(true_classes, sampled_candidates)


# -- public functions -----------------------------------------------------------------


def _sampled(node: Any, true_classes: Any, seed: Any, **attrs: Any) -> SampledValues:
    return SampledValues(*node(true_classes, **_seeds(seed), **attrs))


def _seeds(seed: int | None) -> dict[str, int]:
    first, second = get_seed(seed)
    return {"seed": first or 0, "seed2": second or 0}


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> SampledValues:
    """Draw classes that are all equally probable.

    Args:
        true_classes: int64, `[batch, num_true]`, the right classes.
        num_true: how many each example has.
        num_sampled: how many to draw.
        unique: whether none may come twice.
        range_max: how many classes there are.
        seed: of the random numbers.
        name: the node's name.

    Returns:
        The classes and the expected counts, see `SampledValues`.

    Raises:
        ValueError: the classes are no matrix.

    Example:
        >>> import interactive_graphs as tf
        >>> ids, _, _ = tf.nn.uniform_candidate_sampler([[0]], 1, 3, True, 3)
        >>> with tf.Session() as sess:
        ...     sorted(sess.run(ids).tolist())
        [0, 1, 2]
    """
    return _sampled(
        raw.UniformCandidateSampler, true_classes, seed, num_true=num_true,
        num_sampled=num_sampled, unique=unique, range_max=range_max, name=name,
    )  # fmt: skip


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> SampledValues:
    """Draw classes of which the earlier ones are more probable, as words are.

    Args:
        true_classes: int64, `[batch, num_true]`, the right classes.
        num_true: how many each example has.
        num_sampled: how many to draw.
        unique: whether none may come twice.
        range_max: how many classes there are.
        seed: of the random numbers.
        name: the node's name.

    Returns:
        The classes and the expected counts, see `SampledValues`.

    Raises:
        ValueError: the classes are no matrix.
    """
    return _sampled(
        raw.LogUniformCandidateSampler, true_classes, seed, num_true=num_true,
        num_sampled=num_sampled, unique=unique, range_max=range_max, name=name,
    )  # fmt: skip


def learned_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> SampledValues:
    """Draw classes by how often they were true in the runs so far.

    Args:
        true_classes: int64, `[batch, num_true]`, the right classes.
        num_true: how many each example has.
        num_sampled: how many to draw.
        unique: whether none may come twice.
        range_max: how many classes there are.
        seed: of the random numbers.
        name: the node's name.

    Returns:
        The classes and the expected counts, see `SampledValues`.

    Raises:
        ValueError: the classes are no matrix.
    """
    return _sampled(
        raw.LearnedUnigramCandidateSampler, true_classes, seed, num_true=num_true,
        num_sampled=num_sampled, unique=unique, range_max=range_max, name=name,
    )  # fmt: skip


def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Any = (),
    seed: int | None = None,
    name: str | None = None,
) -> SampledValues:
    """Draw classes by given weights.

    Args:
        true_classes: int64, `[batch, num_true]`, the right classes.
        num_true: how many each example has.
        num_sampled: how many to draw.
        unique: whether none may come twice.
        range_max: how many classes there are.
        vocab_file: a file with a line per class whose last field, after a comma, is
            its weight.
        distortion: the power that weights are raised to.
        num_reserved_ids: how many classes of weight 0 come before the others.
        num_shards: of how many samplers this is one.
        shard: which one of them.
        unigrams: the weights, instead of a file.
        seed: of the random numbers.
        name: the node's name.

    Returns:
        The classes and the expected counts, see `SampledValues`.

    Raises:
        ValueError: the classes are no matrix.
    """
    return _sampled(
        raw.FixedUnigramCandidateSampler, true_classes, seed, num_true=num_true,
        num_sampled=num_sampled, unique=unique, range_max=range_max,
        vocab_file=vocab_file, distortion=distortion,
        num_reserved_ids=num_reserved_ids, num_shards=num_shards, shard=shard,
        unigrams=[float(u) for u in unigrams], name=name,
    )  # fmt: skip


def all_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int | None = None,
    name: str | None = None,
) -> SampledValues:
    """Take all classes, for tests.

    Args:
        true_classes: int64, `[batch, num_true]`, the right classes.
        num_true: how many each example has.
        num_sampled: how many classes there are.
        unique: taken as with the others.
        seed: taken as with the others.
        name: the node's name.

    Returns:
        The classes and the expected counts, all 1; see `SampledValues`.

    Raises:
        ValueError: the classes are no matrix.
    """
    return _sampled(
        raw.AllCandidateSampler, true_classes, seed, num_true=num_true,
        num_sampled=num_sampled, unique=unique, name=name,
    )  # fmt: skip


def compute_accidental_hits(
    true_classes: Any,
    sampled_candidates: Any,
    num_true: int,
    seed: int | None = None,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Find drawn classes that are among an example's true ones.

    Args:
        true_classes: int64, `[batch, num_true]`, the right classes.
        sampled_candidates: int64, `[num_sampled]`, the drawn ones.
        num_true: how many each example has.
        seed: kept in the node.
        name: the node's name.

    Returns:
        For each hit the example, int32, the place among the drawn, int64, and the
        lowest number there is, float32, to add to a logit.

    Raises:
        ValueError: shapes do not fit.

    Example:
        >>> import interactive_graphs as tf
        >>> hits = tf.nn.compute_accidental_hits([[7], [2]], [1, 2, 7], 1)
        >>> with tf.Session() as sess:
        ...     sess.run(hits[:2])
        (array([0, 1], dtype=int32), array([2, 1]))
    """
    rows, places, weights = raw.ComputeAccidentalHits(
        true_classes, sampled_candidates, num_true=num_true, name=name, **_seeds(seed)
    )  # fmt: skip
    return rows, places, weights
