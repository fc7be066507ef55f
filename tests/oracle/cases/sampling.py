"""Candidate samplers and the losses built on them."""

import numpy as np

from tests.oracle.programs import Table

table = Table()
RANDOM = np.random.RandomState(20180709)
TRUE = np.array([[0], [3], [2]])
TWO = np.array([[0, 4], [3, 3], [2, 1]])
WEIGHTS = RANDOM.randn(7, 4).astype(np.float32)
BIASES = RANDOM.randn(7).astype(np.float32)
INPUTS = RANDOM.randn(3, 4).astype(np.float32)
UNIGRAMS = [1.0, 5.0, 2.0, 0.5, 9.0]
LOOSE = {"tolerance": (1e-4, 1e-5)}

for name in ("uniform", "log_uniform", "learned_unigram"):
    for unique in (False, True):
        table.add(
            f"{name}_{unique}_shapes",
            lambda tf, n=name, u=unique: list(
                getattr(tf.nn, f"{n}_candidate_sampler")(TRUE, 1, 3, u, 5, seed=1)
            ),
            only_shapes=True,
        )
    # Without `unique` what is expected does not depend on what was drawn.
    table.add(
        f"{name}_expected",
        lambda tf, n=name: (
            getattr(tf.nn, f"{n}_candidate_sampler")(
                TWO, 2, 4, False, 5
            ).true_expected_count
        ),
    )
    # All classes are drawn: only their order is random.
    table.add(
        f"{name}_all",
        lambda tf, n=name: tf.reduce_sum(
            getattr(tf.nn, f"{n}_candidate_sampler")(TRUE, 1, 5, True, 5)[0]
        ),
    )
    for what, arguments in {
        "too_few": (TRUE, 1, 6, True, 5),
        "other_width": (TRUE, 2, 3, True, 5),
        "out_of_range": ([[9]], 1, 3, True, 5),
        "negative": ([[-1]], 1, 3, True, 5),
    }.items():
        table.add(
            f"{name}_{what}",
            lambda tf, n=name, a=arguments: list(
                getattr(tf.nn, f"{n}_candidate_sampler")(*a)
            ),
            raises="InvalidArgumentError",
        )
    table.add(
        f"{name}_of_vector",
        lambda tf, n=name: list(
            getattr(tf.nn, f"{n}_candidate_sampler")([1], 1, 3, True, 5)
        ),
        raises="ValueError",
    )
for distortion in (1.0, 0.75, 0.0):
    table.add(
        f"fixed_unigram_expected_{distortion}",
        lambda tf, d=distortion: (
            tf.nn.fixed_unigram_candidate_sampler(
                TWO, 2, 3, False, 5, unigrams=UNIGRAMS, distortion=d
            ).true_expected_count
        ),
    )
table.add(
    "fixed_unigram_reserved",
    lambda tf: (
        tf.nn.fixed_unigram_candidate_sampler(
            TWO, 2, 3, False, 7, unigrams=UNIGRAMS, num_reserved_ids=2
        ).true_expected_count
    ),
)
table.add(
    "fixed_unigram_shard",
    lambda tf: (
        tf.nn.fixed_unigram_candidate_sampler(
            [[0], [1]], 1, 3, False, 2, unigrams=UNIGRAMS[:4], num_shards=2, shard=1
        ).true_expected_count
    ),
)
for what, options in {
    "nothing": {},
    "too_many": {"unigrams": [1.0] * 9},
    "both": {"unigrams": [1.0] * 5, "vocab_file": "x"},
}.items():
    table.add(
        f"fixed_unigram_{what}",
        lambda tf, o=options: list(
            tf.nn.fixed_unigram_candidate_sampler(TRUE, 1, 3, False, 5, **o)
        ),
        raises="InvalidArgumentError",
    )
table.add("all", lambda tf: list(tf.nn.all_candidate_sampler(TWO, 2, 5, True)))


@table.script(**LOOSE)
def learned_unigram_learns(tf, sess):
    sampler = tf.nn.learned_unigram_candidate_sampler(TWO, 2, 2, False, 6)
    return [sess.run(sampler.true_expected_count) for _ in range(4)]


table.add(
    "hits",
    lambda tf: list(tf.nn.compute_accidental_hits(TWO, [3, 0, 3, 7, 4], 2)),
    any_static_shape=True,
)
table.add("no_hits", lambda tf: list(tf.nn.compute_accidental_hits(TRUE, [7, 8], 1)))
table.add(
    "hits_of_other_width",
    lambda tf: list(tf.nn.compute_accidental_hits(TWO, [3], 1)),
    raises="ValueError",
)


def sampled(tf):
    """What a sampler would give, fixed."""
    return (
        tf.constant([2, 5, 0, 6], tf.int64),
        tf.constant([[0.5], [0.7], [0.2]]),
        tf.constant([0.9, 0.4, 0.3, 0.8]),
    )


def loss(tf, name, remove, labels=TRUE, count=1, parts=None):
    weights, biases, inputs = map(tf.constant, (WEIGHTS, BIASES, INPUTS))
    values = sampled(tf)
    if count == 2:
        values = (
            values[0],
            tf.constant([[0.5, 0.1], [0.7, 0.9], [0.2, 0.4]]),
            values[2],
        )
    used = (
        weights
        if parts is None
        else tf.dynamic_partition(weights, np.arange(7) % parts, parts)
    )
    value = getattr(tf.nn, name)(
        used, biases, labels, inputs, 4, 7, num_true=count, sampled_values=values,
        remove_accidental_hits=remove,
    )  # fmt: skip
    grads = tf.gradients(value, [weights, biases, inputs])
    return [value, *[tf.convert_to_tensor(g) for g in grads]]


for name in ("nce_loss", "sampled_softmax_loss"):
    for remove in (False, True):
        for labels, count in ((TRUE, 1), (TWO, 2)):
            table.add(
                f"{name}_{remove}_{count}",
                lambda tf, n=name, r=remove, a=labels, c=count: loss(tf, n, r, a, c),
                any_static_shape=True,
                **LOOSE,
            )
    table.add(
        f"{name}_of_parts",
        lambda tf, n=name: loss(tf, n, True, parts=3),
        any_static_shape=True,
        **LOOSE,
    )
    table.add(
        f"{name}_int32_labels",
        lambda tf, n=name: loss(tf, n, True, TRUE.astype(np.int32)),
        any_static_shape=True,
        **LOOSE,
    )
    table.add(
        f"{name}_samples_itself",
        lambda tf, n=name: getattr(tf.nn, n)(WEIGHTS, BIASES, TRUE, INPUTS, 3, 7),
        only_shapes=True,
        any_static_shape=True,
    )
