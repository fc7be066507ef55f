"""Drawing classes at random, and how often each is expected to come.

Read next: `../../ops/candidate_sampling.py`.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from interactive_graphs._util.refusal import invalid
from interactive_graphs.framework.tensor_shape import format_list


class Distribution(Protocol):
    """Probabilities of the classes 0, 1, ..."""

    size: int

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """So many classes."""

    def probability(self, ids: np.ndarray) -> np.ndarray:
        """How probable each is."""


class Uniform:
    """All classes alike."""

    def __init__(self, size: int) -> None:
        """See the class."""
        self.size = size

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """So many classes."""
        return rng.integers(0, self.size, count)

    def probability(self, ids: np.ndarray) -> np.ndarray:
        """How probable each is."""
        return np.full(np.shape(ids), 1 / self.size)


class LogUniform:
    """Class k with probability log(1 + 1 / (k + 1)) / log(size + 1), as in Zipf's law.

    Right for words that are numbered from the most frequent to the rarest.
    """

    def __init__(self, size: int) -> None:
        """See the class."""
        self.size = size
        self._log = math.log(size + 1)

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """So many classes."""
        ids = np.exp(rng.random(count) * self._log).astype(np.int64) - 1
        return np.minimum(ids, self.size - 1)  # the float may round up

    def probability(self, ids: np.ndarray) -> np.ndarray:
        """How probable each is."""
        result: np.ndarray = np.log1p(1 / (np.asarray(ids) + 1.0)) / self._log
        return result


class Unigram:
    """Classes by weights."""

    def __init__(self, weights: np.ndarray) -> None:
        """See the class."""
        self.size = len(weights)
        self.weights = np.asarray(weights, np.float64)
        self._sums = np.cumsum(self.weights)

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """So many classes."""
        at = rng.random(count) * self._sums[-1]
        ids: np.ndarray = np.searchsorted(self._sums, at, side="right")
        return ids.astype(np.int64)

    def probability(self, ids: np.ndarray) -> np.ndarray:
        """How probable each is."""
        result: np.ndarray = self.weights[ids] / self._sums[-1]
        return result


def check_true(true_classes: np.ndarray, num_true: int, size: int | None) -> None:
    """Refuse classes that are no matrix of the right width, or out of range."""
    if true_classes.ndim != 2:
        invalid("true_classes must be a matrix")
    if true_classes.shape[1] != num_true:
        invalid(
            "true_classes must have num_true columns, expected: "
            f"{true_classes.shape[1]} was: {num_true}"
        )
    if size is not None:
        wrong = true_classes[(true_classes < 0) | (true_classes >= size)]
        if wrong.size:
            invalid(f"`true_candidate` out of range [0, {size}), received {wrong[0]}")


def sample(
    distribution: Distribution,
    rng: np.random.Generator,
    true_classes: np.ndarray,
    count: int,
    unique: bool,
) -> tuple[Any, Any, Any]:
    """Classes, and how often the true ones and these are expected.

    Args:
        distribution: of the classes.
        rng: the stream of random numbers.
        true_classes: `[batch, num_true]`.
        count: how many classes to draw.
        unique: whether none may come twice.
    """
    if unique:
        ids, tries = _unique(distribution, rng, count)
    else:
        ids, tries = distribution.draw(rng, count), count

    def expected(classes: np.ndarray) -> np.ndarray:
        p = distribution.probability(classes)
        if tries == count:
            times = p * count
        else:
            # 1 - (1 - p) ** tries, without loss of digits where p is small.
            times = -np.expm1(tries * np.log1p(-np.minimum(p, 1 - 1e-16)))
        result: np.ndarray = times.astype(np.float32)
        return result

    return ids, expected(true_classes), expected(ids)


def _unique(
    distribution: Distribution, rng: np.random.Generator, count: int
) -> tuple[np.ndarray, int]:
    """Different classes in the order in which they came, and the number of draws."""
    weights = getattr(distribution, "weights", None)
    possible = distribution.size if weights is None else np.count_nonzero(weights)
    if count > possible:
        invalid("Sampler's range is too small.")
    drawn = np.zeros(0, np.int64)
    while True:
        drawn = np.concatenate([drawn, distribution.draw(rng, max(2 * count, 16))])
        _, first = np.unique(drawn, return_index=True)
        if len(first) >= count:
            places = np.sort(first)[:count]
            return drawn[places], int(places[-1]) + 1 if count else 0


def accidental_hits(
    true_classes: np.ndarray, sampled: np.ndarray
) -> tuple[Any, Any, Any]:
    """Where a drawn class is one of an example's true ones.

    Returns:
        The example, the place among the drawn and the lowest float32, for each hit.
    """
    if sampled.ndim != 1:
        invalid(
            "sampled_candidates must be a vector, which is typically the output from "
            f"CandidateSampler, not of shape {format_list(sampled.shape)}"
        )
    place_of = {int(c): i for i, c in enumerate(sampled)}
    hits = [
        (row, place_of[int(c)])
        for row, classes in enumerate(true_classes)
        for c in classes
        if int(c) in place_of
    ]
    rows = np.array([row for row, _ in hits], np.int32)
    places = np.array([place for _, place in hits], np.int64)
    lowest = np.finfo(np.float32).min
    return rows, places, np.full(len(hits), lowest, np.float32)
