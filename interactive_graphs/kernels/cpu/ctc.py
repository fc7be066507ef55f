"""Connectionist temporal classification: its loss, and the way back to labels.

After Graves et al., Connectionist Temporal Classification (2006); equations by their
numbers in Graves' thesis. All works on logarithms of probabilities, `[time, classes]`,
whose last class is the blank.

    >>> y = np.log(np.full((2, 3), 1 / 3))
    >>> loss, _ = loss_and_gradient(y, [0], True)
    >>> bool(np.isclose(np.exp(-loss), 3 / 9))       # of 'a-', '-a' and 'aa'
    True

Read next: `../../ops/ctc.py`.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from interactive_graphs._util.refusal import invalid

NEVER: Final = -np.inf


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of probabilities along the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    result: np.ndarray = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return result


def collapsed(labels: Sequence[int]) -> list[int]:
    """Labels without repetitions next to each other."""
    return [x for i, x in enumerate(labels) if i == 0 or labels[i - 1] != x]


def loss_and_gradient(
    y: np.ndarray, labels: Sequence[int], merge_repeated: bool
) -> tuple[float, np.ndarray]:
    """The negative logarithm of the probability of labels, and its gradient.

    Args:
        y: logarithms of probabilities, `[time, classes]`.
        labels: the right classes.
        merge_repeated: whether classes that repeat without a blank are one label.

    Returns:
        The loss, infinite if no path gives the labels, and its gradient with respect
        to the logits, `[time, classes]`.
    """
    blank = y.shape[1] - 1
    # Blanks around all labels: (GravesTh) section 7.3.
    padded = np.full(2 * len(labels) + 1, blank)
    padded[1::2] = labels
    chosen = y[:, padded]
    stays, jumps = _moves(padded, blank, merge_repeated)
    forward = _forward(chosen, stays, jumps)
    # The same from the end: a jump to a place is one from it.
    jumps_back = np.roll(jumps, -2)[::-1]
    backward = _forward(chosen[::-1, ::-1], stays[::-1], jumps_back)[::-1, ::-1]
    total = np.logaddexp.reduce(forward[-1, -2:])
    gradient = np.exp(y)
    if total == NEVER:
        return np.inf, gradient
    # Both products have the label's own probability: (GravesTh) eq. 7.26 and 7.31.
    with np.errstate(invalid="ignore"):
        joint = forward + backward - chosen
    share = np.exp(np.where(np.isnan(joint), NEVER, joint) - total)
    np.subtract.at(gradient.T, padded, share.T)
    return -float(total), gradient


def _moves(
    padded: np.ndarray, blank: int, merge_repeated: bool
) -> tuple[np.ndarray, np.ndarray]:
    """At which places a path may stay, and to which it may jump over a blank."""
    is_label = padded != blank
    stays = np.ones(len(padded), bool) if merge_repeated else ~is_label
    jumps = is_label.copy()
    jumps[:2] = False
    if merge_repeated:
        jumps[2:] &= padded[2:] != padded[:-2]
    return stays, jumps


def _forward(y: np.ndarray, stays: np.ndarray, jumps: np.ndarray) -> np.ndarray:
    """Of all beginnings of paths the probability, by where they end: eq. 7.5 to 7.9.

    Args:
        y: logarithms of the probabilities of the places, `[time, places]`.
        stays: whether a path may stay at a place.
        jumps: whether it may come there from two places before.
    """
    result = np.full(y.shape, NEVER)
    result[0, :2] = y[0, :2]
    for t in range(1, len(y)):
        last = result[t - 1]
        total = np.where(stays, last, NEVER)
        total[1:] = np.logaddexp(total[1:], last[:-1])
        total[2:] = np.logaddexp(total[2:], np.where(jumps[2:], last[:-2], NEVER))
        result[t] = total + y[t]
    return result


def greedy(
    logits: np.ndarray, merge_repeated: bool, blank: int
) -> tuple[list[int], float]:
    """The labels of the likeliest path, and the sum of its logits.

    Args:
        logits: `[time, classes]`.
        merge_repeated: whether classes that repeat without a blank are one label.
        blank: which class is the blank.
    """
    best = logits.argmax(1).tolist()
    path = collapsed(best) if merge_repeated else best
    return [x for x in path if x != blank], float(logits.max(1).sum())


Prefix = tuple[int, ...]
# Of each beginning the probability that it ended in a blank, and that in a label.
Beams = dict[Prefix, tuple[float, float]]


def beam_search(y: np.ndarray, width: int) -> list[tuple[float, Prefix]]:
    """The likeliest labels, best first, with the logarithms of their probabilities.

    Args:
        y: logarithms of probabilities, `[time, classes]`.
        width: how many beginnings of labels are kept in each step.
    """
    beams: Beams = {(): (0.0, NEVER)}
    for step in y:
        beams = _next_beams(beams, step, width)
    return [(_either(*ends), prefix) for prefix, ends in beams.items()]


def _either(a: float, b: float) -> float:
    return float(np.logaddexp(a, b))


def _next_beams(beams: Beams, step: np.ndarray, width: int) -> Beams:
    """The beginnings that are kept after one more step, best first.

    In the order in which TensorFlow goes through them, since a beginning that falls
    out of the beam on the way, and does not come back, is not made longer any more.
    """
    grown = {prefix: _unchanged(prefix, beams, step) for prefix in beams}
    # The kept ones, the worst first.
    kept = [(_either(*ends), prefix) for prefix, ends in grown.items()]
    heapq.heapify(kept)

    def fits(total: float) -> bool:
        return total > NEVER and (len(kept) < width or total > kept[0][0])

    dropped: set[Prefix] = set()
    for prefix, ends in beams.items():
        total = _either(*ends)
        if prefix in dropped or not fits(total):
            continue
        for label, chance in enumerate(step[:-1].tolist()):
            longer = (*prefix, label)
            if longer in grown:
                continue
            # A label that repeats is a new one only behind a blank.
            made = (ends[0] if prefix[-1:] == (label,) else total) + chance
            if not fits(made):
                dropped.add(longer)
                continue
            if len(kept) == width:
                del grown[heapq.heappop(kept)[1]]
            heapq.heappush(kept, (made, longer))
            grown[longer] = NEVER, made
    return dict(sorted(grown.items(), key=lambda item: -_either(*item[1])))


def _unchanged(prefix: Prefix, beams: Beams, step: np.ndarray) -> tuple[float, float]:
    """The probabilities of a beginning that stays, or that its parent grows into."""
    in_blank, in_label = beams[prefix]
    still_blank = _either(in_blank, in_label) + float(step[-1])
    if not prefix:
        return still_blank, NEVER
    parent = beams.get(prefix[:-1])
    if parent is not None:
        repeats = prefix[-2:-1] == prefix[-1:]
        in_label = _either(in_label, parent[0] if repeats else _either(*parent))
    return still_blank, in_label + float(step[prefix[-1]])


def labels_by_row(indices: np.ndarray, values: np.ndarray, count: int) -> list[Any]:
    """The values of a sparse matrix, one list per row.

    Raises:
        InvalidArgumentError: a row number is out of range.
    """
    rows: list[list[int]] = [[] for _ in range(count)]
    for (row, _), value in zip(indices.tolist(), values.tolist(), strict=True):
        if not 0 <= row < count:
            invalid(f"labels batch index must be between 0 and {count} but saw: {row}")
        rows[row].append(value)
    return rows


def as_sparse(rows: Sequence[Sequence[int]]) -> tuple[Any, Any, Any]:
    """Lists of labels as indices, values and shape of a sparse matrix, all int64."""
    places = [(b, i) for b, row in enumerate(rows) for i in range(len(row))]
    values = [value for row in rows for value in row]
    longest = max((len(row) for row in rows), default=0)
    return (
        np.array(places, np.int64).reshape(-1, 2),
        np.array(values, np.int64),
        np.array([len(rows), longest], np.int64),
    )
