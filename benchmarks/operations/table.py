"""All operations that are measured."""

from benchmarks.operations import arrays, changes, elementwise, matrices, nets
from benchmarks.operations.making import Operation

FAMILIES: dict[str, dict[str, Operation]] = {
    "Elementwise and reductions": elementwise.OPERATIONS,
    "Arrays": arrays.OPERATIONS,
    "Matrices": matrices.OPERATIONS,
    "Nets": nets.OPERATIONS,
    "Random numbers, changes, texts": changes.OPERATIONS,
}
TABLE: dict[str, Operation] = {
    name: operation
    for family in FAMILIES.values()
    for name, operation in family.items()
}
