"""Beams: tensors with several candidates for each sequence, and paths through them.

Read next: `beam_search.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs._util import nest
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import int32
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.ops._scope import op_scope
from interactive_graphs.ops.cast import cast
from interactive_graphs.ops.choice import where
from interactive_graphs.ops.comparison import equal, logical_or
from interactive_graphs.ops.concat import concat, tile
from interactive_graphs.ops.constant import ones_like, zeros_like
from interactive_graphs.ops.functional import scan
from interactive_graphs.ops.gather import gather
from interactive_graphs.ops.scan import cumsum
from interactive_graphs.ops.sequences import range as range_of
from interactive_graphs.ops.shape import expand_dims, reshape, shape as shape_of


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Each element of a batch several times, one after the other.

    Args:
        t: tensors `[batch, ...]`, in any structure; scalars are no batch.
        multiplier: how often.
        name: a name scope.

    Returns:
        Tensors `[batch * multiplier, ...]` in the same structure.

    Raises:
        ValueError: a tensor has no known rank, or is a scalar.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     sess.run(tf.contrib.seq2seq.tile_batch(tf.constant([1, 2]), 3))
        array([1, 1, 1, 2, 2, 2], dtype=int32)
    """
    with op_scope(name, "tile_batch", *nest.flatten(t)):
        return nest.map_structure(lambda x: _tiled(convert(x), multiplier), t)


def _tiled(t: Tensor, multiplier: int) -> Tensor:
    shape = t.static_shape
    if shape is None:
        raise ValueError("t must have statically known rank")
    if not shape:
        raise ValueError("t must have a batch; it is a scalar")
    many = tile(expand_dims(t, 1), [1, multiplier] + [1] * (len(shape) - 1))
    dims = shape_of(t)
    result = reshape(many, concat([[dims[0] * multiplier], dims[1:]], 0))
    batch = None if shape[0] is None else shape[0] * multiplier
    result.set_shape((batch, *shape[1:]))
    return result


def split_beams(t: Tensor, beam_width: int) -> Tensor:
    """`[batch * beams, ...]` as `[batch, beams, ...]`; scalars as they are."""
    shape = t.static_shape or ()
    if not shape:
        return t
    result = reshape(t, concat([[-1, beam_width], shape_of(t)[1:]], 0))
    batch = None if shape[0] is None else shape[0] // beam_width
    result.set_shape((batch, beam_width, *shape[1:]))
    return result


def merge_beams(t: Tensor) -> Tensor:
    """`[batch, beams, ...]` as `[batch * beams, ...]`; scalars as they are."""
    shape = t.static_shape or ()
    if not shape:
        return t
    result = reshape(t, concat([[-1], shape_of(t)[2:]], 0))
    known = shape[0] is not None and shape[1] is not None
    batch = (shape[0] or 0) * (shape[1] or 0) if known else None
    result.set_shape((batch, *shape[2:]))
    return result


def pick_beams(t: Tensor, indices: Tensor) -> Tensor:
    """For each sequence some of its beams; scalars as they are.

    Args:
        t: a tensor `[batch, beams, ...]`.
        indices: int32, `[batch, n]`.

    Returns:
        A tensor `[batch, n, ...]`.
    """
    shape = t.static_shape or ()
    if not shape:
        return t
    dims = shape_of(t)
    starts = expand_dims(range_of(dims[0]) * dims[1], 1)
    flat = reshape(t, concat([[-1], dims[2:]], 0))
    result = gather(flat, starts + indices)
    picked = indices.static_shape or (None, None)
    result.set_shape((shape[0], picked[1], *shape[2:]))
    return result


def gather_tree(
    step_ids: Any,
    parent_ids: Any,
    max_sequence_lengths: Any,
    end_token: Any,
    name: str | None = None,
) -> Tensor:
    """Whole sequences out of the steps of a beam search.

    Args:
        step_ids: int32, `[steps, batch, beams]`: what each beam chose in each step.
        parent_ids: int32, `[steps, batch, beams]`: from which beam it went on.
        max_sequence_lengths: int32, `[batch]`: with which step to begin to go back.
        end_token: int32, `[]`: what follows the end.
        name: a name scope.

    Returns:
        int32, `[steps, batch, beams]`: the sequence that ends in each beam.
    """
    with op_scope(name, "GatherTree", step_ids, parent_ids):
        ids = convert(step_ids, int32)
        end = convert(end_token, int32)
        last = expand_dims(convert(max_sequence_lengths, int32), 1)
        first = ids[0]
        here = zeros_like(first) + range_of(shape_of(first)[1])

        def back(state: Any, step: Any) -> Any:
            """One step back along all paths."""
            beams, _ = state
            time, chosen, parents = step
            past = logical_or(time >= last, zeros_like(beams) > 0)
            made = where(past, ones_like(beams) * end, pick_beams(chosen, beams))
            return where(past, beams, pick_beams(parents, beams)), made

        _, paths = scan(
            back,
            (range_of(shape_of(ids)[0]), ids, convert(parent_ids, int32)),
            initializer=(here, first),
            reverse=True,
        )
        # What comes after the first end is the end as well.
        over = cumsum(cast(equal(paths, end), int32), axis=0, exclusive=True) > 0
        return where(over, ones_like(paths) * end, paths)
