"""Clusters as native code against the ops' own kernels, one after another."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from interactive_graphs.kernels.native.clusters import (
    Cluster,
)
from interactive_graphs.kernels.native.elementwise import elementwise
from interactive_graphs.kernels.native.target import Target
from tests.native.clusters import arrays_for, clusters, evaluate, reduce, wide
from tests.native.running import aligned, run, runnable

TARGETS = runnable()


def native(
    cluster: Cluster, target: Target, arrays: list[np.ndarray], chunks: int = 1
) -> list[np.ndarray]:
    """All stores of a cluster."""
    outputs = [
        aligned(store.shape(cluster), cluster.dtype(store.value))
        for store in cluster.stores
    ]
    run(elementwise(cluster, target), target, arrays, outputs, chunks)
    return outputs


def compare(
    cluster: Cluster, arrays: list[np.ndarray], results: list[np.ndarray]
) -> None:
    known = evaluate(cluster, arrays)
    for store, result in zip(cluster.stores, results, strict=True):
        value = known[store.value]
        wanted = reduce(cluster, store, value)
        assert result.shape == wanted.shape
        if store.reduce not in ("sum", "mean", "prod") or value.dtype.kind != "f":
            np.testing.assert_array_equal(result, wanted)
            continue
        sizes = wide(store, value)
        if store.reduce == "mean":
            sizes = sizes / max(1, value.size // max(1, result.size))
        # Where sizes overflow, the order decides what comes out.
        with np.errstate(all="ignore"):
            sure = np.isfinite(sizes.astype(value.dtype))
        eps = np.finfo(value.dtype).eps * (value.size if store.reduce == "prod" else 8)
        near = np.abs(result[sure] - wanted[sure]) <= eps * sizes[sure]
        assert near.all(), (result, wanted)
        nan = np.isnan(sizes.astype(np.float64))
        np.testing.assert_array_equal(np.isnan(result[nan]), np.isnan(wanted[nan]))


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cluster=clusters(), seed=st.integers(0, 99), chunks=st.integers(1, 3))
def test_any_cluster_is_what_its_operations_are(target, cluster, seed, chunks):
    arrays = arrays_for(cluster, seed)
    compare(cluster, arrays, native(cluster, target, arrays, chunks))
