"""Connectionist temporal classification: labels for sequences without alignment.

A network's outputs are logits `[time, batch, classes]`, whose last class is the blank.
Read next: `../kernels/cpu/ctc.py`.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from interactive_graphs import errors
from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework import raw
from interactive_graphs.framework.convert import convert
from interactive_graphs.framework.dtypes import float32, float64, int32
from interactive_graphs.framework.operation import Operation
from interactive_graphs.framework.registry import Attr, define, types
from interactive_graphs.framework.shape_rules import merge_dims, with_rank
from interactive_graphs.framework.sparse import SparseTensor
from interactive_graphs.framework.tensor import Tensor
from interactive_graphs.framework.tensor_shape import Shape
from interactive_graphs.kernels.cpu import ctc
from interactive_graphs.ops.arrange import transpose

_FLOAT = types((float32, float64), float32)


def _batch_of(op: Operation, lengths: int) -> int | None:
    """The batch that the logits and the lengths (an input number) have."""
    logits = with_rank(op.inputs[0].static_shape, 3)
    many = with_rank(op.inputs[lengths].static_shape, 1)
    return merge_dims(logits and logits[1], many and many[0])  # type: ignore[arg-type]


def _loss_shape(op: Operation) -> list[Shape]:
    batch = _batch_of(op, 3)
    time, _, classes = with_rank(op.inputs[0].static_shape, 3) or (None,) * 3
    return [(batch,), (time, batch, classes)]


loss_op = define(
    "CTCLoss",
    "inputs: T, labels_indices: int64, labels_values: int32, sequence_length: int32 "
    "-> loss: T, gradient: T",
    T=_FLOAT, preprocess_collapse_repeated=False, ctc_merge_repeated=True,
    ignore_longer_outputs_than_inputs=False, shape=_loss_shape,
    doc="The loss of labels whose alignment is not known, and its gradient.",
)  # fmt: skip


@loss_op.gradient
def _(op: Operation, dloss: Tensor, _: Any) -> list[Any]:
    slope = raw.PreventGradient(
        op.outputs[1],
        message="Currently there is no way to take the second derivative of ctc_loss "
        "due to the fused implementation's interaction with tf.gradients()",
    )
    weights = raw.ExpandDims(raw.ExpandDims(dloss, -1), 0)
    return [weights * slope, None, None, None]


@loss_op.kernel("CPU")
def _(
    inputs: Any,
    labels_indices: Any,
    labels_values: Any,
    sequence_length: Any,
    preprocess_collapse_repeated: bool,
    ctc_merge_repeated: bool,
    ignore_longer_outputs_than_inputs: bool,
) -> tuple[Any, Any]:
    _check_logits(inputs, sequence_length, errors.InvalidArgumentError)
    classes = inputs.shape[2]
    rows = ctc.labels_by_row(labels_indices, labels_values, inputs.shape[1])
    loss = np.zeros(len(rows), inputs.dtype)
    gradient = np.zeros_like(inputs)
    for b, (length, row) in enumerate(zip(sequence_length.tolist(), rows, strict=True)):
        labels = _checked_labels(b, row, classes)
        if preprocess_collapse_repeated:
            labels = ctc.collapsed(labels)
        if length < len(labels):
            if ignore_longer_outputs_than_inputs:
                continue
            invalid(
                "Not enough time for target transition sequence (required: "
                f"{len(labels)}, available: {length}){b}You can turn this error into a "
                "warning by using the flag ignore_longer_outputs_than_inputs"
            )
        if not length:
            continue  # nothing was to be said, and nothing was
        y = ctc.log_softmax(inputs[:length, b].astype(np.float64))
        loss[b], slope = ctc.loss_and_gradient(y, labels, ctc_merge_repeated)
        gradient[:length, b] = slope
    return loss, gradient


def _check_logits(inputs: Any, lengths: Any, error: type[errors.OpError]) -> None:
    """Refuse logits and lengths that do not fit."""

    def refuse(text: str) -> NoReturn:
        raise error(None, None, text)

    if np.ndim(inputs) != 3:
        refuse("inputs is not a 3-Tensor")
    if np.ndim(lengths) != 1:
        refuse("sequence_length is not a vector")
    time, batch, _ = inputs.shape
    if len(lengths) != batch:
        refuse(
            "len(sequence_length) != batch_size.  len(sequence_length):  "
            f"{len(lengths)} batch_size: {batch}"
        )
    for b, length in enumerate(lengths.tolist()):
        if not 0 <= length <= time:
            refuse(f"sequence_length({b}) <= {time}")


def _checked_labels(batch: int, row: list[int], classes: int) -> list[int]:
    """The labels up to the first blank, which may only be at the end.

    Raises:
        InvalidArgumentError: there are none, or wrong ones.
    """
    if not row:
        invalid(f"Labels length is zero in batch {batch}")
    shown = ",".join(map(str, row))
    if min(row) < 0:
        invalid(
            f"All labels must be nonnegative integers, batch: {batch} labels: {shown}"
        )
    count = next((i for i, x in enumerate(row) if x >= classes - 1), len(row))
    if any(x < classes - 1 for x in row[count:]):
        seen = ",".join(map(str, row[:count]))
        invalid(
            "Saw a non-null label (index >= num_classes - 1) following a null label, "
            f"batch: {batch} num_classes: {classes} labels: {shown} labels seen so "
            f"far: {seen}"
        )
    return row[:count]


def _decoded_shapes(op: Operation) -> list[Shape]:
    batch, paths = _batch_of(op, 1), op.attrs.get("top_paths", 1)
    return [*[(None, 2)] * paths, *[(None,)] * paths, *[(2,)] * paths, (batch, paths)]


greedy_op = define(
    "CTCGreedyDecoder",
    "inputs: T, sequence_length: int32 -> decoded_indices: int64, "
    "decoded_values: int64, decoded_shape: int64, log_probability: T",
    T=_FLOAT, merge_repeated=False, blank_index=-1, shape=_decoded_shapes,
    gradient=None, doc="The labels of the likeliest path.",
)  # fmt: skip


@greedy_op.kernel("CPU")
def _(
    inputs: Any, sequence_length: Any, merge_repeated: bool, blank_index: int
) -> tuple[Any, ...]:
    _check_logits(inputs, sequence_length, errors.FailedPreconditionError)
    classes = inputs.shape[2]
    blank = blank_index + classes if blank_index < 0 else blank_index
    if not 0 <= blank < classes:
        invalid(f"blank_index expected to be between {-classes} and {classes - 1}")
    rows, scores = [], []
    for b, length in enumerate(sequence_length.tolist()):
        row, score = ctc.greedy(inputs[:length, b], merge_repeated, blank)
        rows.append(row)
        scores.append([-score])
    scores_of = np.array(scores, inputs.dtype).reshape(len(rows), 1)
    return (*ctc.as_sparse(rows), scores_of)


beam_op = define(
    "CTCBeamSearchDecoder",
    "inputs: T, sequence_length: int32 -> decoded_indices: top_paths * int64, "
    "decoded_values: top_paths * int64, decoded_shape: top_paths * int64, "
    "log_probability: T",
    T=_FLOAT, beam_width=Attr("int", minimum=1), top_paths=Attr("int", minimum=1),
    merge_repeated=True, shape=_decoded_shapes, gradient=None,
    doc="The likeliest labels.",
)  # fmt: skip


@beam_op.kernel("CPU")
def _(
    inputs: Any,
    sequence_length: Any,
    beam_width: int,
    top_paths: int,
    merge_repeated: bool,
) -> list[Any]:
    _check_logits(inputs, sequence_length, errors.FailedPreconditionError)
    if top_paths > beam_width:
        invalid("requested more paths than the beam width.")
    paths: list[list[Any]] = [[] for _ in range(top_paths)]
    scores = np.zeros((inputs.shape[1], top_paths), inputs.dtype)
    for b, length in enumerate(sequence_length.tolist()):
        y = ctc.log_softmax(inputs[:length, b].astype(np.float64))
        found = ctc.beam_search(y, beam_width)
        if len(found) < top_paths:
            invalid("Less leaves in the beam search than requested.")
        for k, path in enumerate(paths):
            scores[b, k], labels = found[k]
            path.append(ctc.collapsed(labels) if merge_repeated else labels)
    parts = zip(*(ctc.as_sparse(path) for path in paths), strict=True)
    return [*(array for arrays in parts for array in arrays), scores]


def ctc_loss(
    labels: Any,
    inputs: Any,
    sequence_length: Any,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
) -> Tensor:
    """The loss of labels whose alignment with the inputs is not known.

    After Graves et al. (2006). There is no gradient of its gradient.

    Args:
        labels: an int32 SparseTensor `[batch, labels]`: the right classes.
        inputs: float32 or float64 logits, `[time, batch, classes]`; the last class is
            the blank.
        sequence_length: int32, `[batch]`: how many steps each sequence has.
        preprocess_collapse_repeated: labels that repeat count once.
        ctc_merge_repeated: outputs that repeat without a blank are one label.
        ignore_longer_outputs_than_inputs: sequences with more labels than steps have
            no loss, and raise no error.
        time_major: False for `[batch, time, classes]`.

    Returns:
        `[batch]`, negative logarithms of probabilities.

    Raises:
        TypeError: `labels` is no SparseTensor.

    Example:
        >>> import interactive_graphs as tf
        >>> labels = tf.SparseTensor([[0, 0]], [0], [1, 1])
        >>> with tf.Session() as sess:
        ...     loss = sess.run(tf.nn.ctc_loss(labels, tf.zeros([2, 1, 3]), [2]))
        >>> round(2.718281828 ** -float(loss[0]), 4)       # of 'a-', '-a' and 'aa'
        0.3333
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError("Expected labels (first argument) to be a SparseTensor")
    logits = convert(inputs, None, "inputs")
    if not time_major:
        logits = transpose(logits, [1, 0, 2])
    loss: Tensor
    loss, _ = raw.CTCLoss(
        logits,
        labels.indices,
        labels.values,
        convert(sequence_length, int32),
        preprocess_collapse_repeated=preprocess_collapse_repeated,
        ctc_merge_repeated=ctc_merge_repeated,
        ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )
    return loss


def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True
) -> tuple[list[SparseTensor], Tensor]:
    """The labels of the likeliest path.

    Args:
        inputs: float32 or float64 logits, `[time, batch, classes]`; the last class is
            the blank.
        sequence_length: int32, `[batch]`: how many steps each sequence has.
        merge_repeated: outputs that repeat without a blank are one label.

    Returns:
        A list with one int64 SparseTensor `[batch, labels]`, and the negative sum of
        the path's logits, `[batch, 1]`.
    """
    indices, values, shape, score = raw.CTCGreedyDecoder(
        inputs, convert(sequence_length, int32), merge_repeated=merge_repeated
    )
    return [SparseTensor(indices, values, shape)], score


def ctc_beam_search_decoder(
    inputs: Any,
    sequence_length: Any,
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
) -> tuple[list[SparseTensor], Tensor]:
    """The likeliest labels, over all paths that give them.

    Args:
        inputs: float32 or float64 logits, `[time, batch, classes]`; the last class is
            the blank.
        sequence_length: int32, `[batch]`: how many steps each sequence has.
        beam_width: how many beginnings of labels are kept in each step.
        top_paths: how many results to give, at most `beam_width`.
        merge_repeated: labels that repeat in a result are given once, as in TF1;
            False gives the labels that were found.

    Returns:
        A list of `top_paths` int64 SparseTensors `[batch, labels]`, the best first, and
        the logarithms of their probabilities, `[batch, top_paths]`.
    """
    *parts, scores = raw.CTCBeamSearchDecoder(
        inputs,
        convert(sequence_length, int32),
        beam_width=beam_width,
        top_paths=top_paths,
        merge_repeated=merge_repeated,
    )
    columns = (parts[i::top_paths] for i in range(top_paths))
    return [SparseTensor(*column) for column in columns], scores
