"""Samples of the ops that optimizers run; all change variables."""

from interactive_graphs.framework import registry
from tests.registry.sample import Sample

NOTE = "changes variables; see tests/train/test_update_rules.py"
SAMPLES = [
    Sample(name, run=False, note=NOTE)
    for name in registry.op_names()
    if name.startswith(("Apply", "SparseApply", "ResourceApply", "ResourceSparseApply"))
]
