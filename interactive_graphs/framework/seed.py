"""Random seeds: a graph-level seed and an op-level seed make an op's stream.

The table in `get_seed` is TF1's. Streams start anew in each session.
Read next: `../ops/random_ops.py`.
"""

from __future__ import annotations

from interactive_graphs.framework.graph import get_default_graph

DEFAULT_GRAPH_SEED = 87654321
_MAX = 2**31 - 1


def set_random_seed(seed: int | None) -> None:
    """Set the graph-level seed of the default graph, for ops created later.

    Args:
        seed: an int; None makes unseeded ops differ from run to run.

    Example:
        >>> import interactive_graphs as tf
        >>> tf.set_random_seed(7)
        >>> r = tf.random_uniform([2])
        >>> with tf.Session() as s1, tf.Session() as s2:
        ...     bool((s1.run(r) == s2.run(r)).all())
        True
    """
    get_default_graph().seed = seed


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The pair of seeds for an op created now.

    Args:
        op_seed: the op's own seed or None.

    Returns:
        (graph seed, op seed) as the attributes take them; (None, None) when neither
        level is seeded.
    """
    graph = get_default_graph()
    if graph.seed is None:
        if op_seed is None:
            return None, None
        seeds = (DEFAULT_GRAPH_SEED, op_seed)
    else:
        made = graph.version - graph.retired
        seeds = (graph.seed, made if op_seed is None else op_seed)
    pair = (seeds[0] % _MAX, seeds[1] % _MAX)
    return (0, _MAX) if pair == (0, 0) else pair
