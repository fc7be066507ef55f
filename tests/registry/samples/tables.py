"""Samples of the ops of lookup tables."""

import numpy as np

from tests.registry.sample import Sample

TYPES = {"key_dtype": "int64", "value_dtype": "float32"}
ELSEWHERE = "needs a table; see tests/ops/test_lookup.py"

SAMPLES = [
    *[
        Sample(name, [], TYPES, run=False, note=ELSEWHERE)
        for name in ("HashTableV2", "MutableHashTableV2", "MutableHashTableOfTensorsV2")
    ],
    Sample(
        "MutableDenseHashTableV2",
        [np.int64(0), np.int64(1)],
        {"value_dtype": "float32"},
        run=False,
        note=ELSEWHERE,
    ),
    *[
        Sample(name, run=False, note=ELSEWHERE)
        for name in (
            *("LookupTableFindV2", "LookupTableSizeV2", "LookupTableExportV2"),
            *("LookupTableInsertV2", "LookupTableRemoveV2", "LookupTableImportV2"),
            *("InitializeTableV2", "InitializeTableFromTextFileV2"),
        )
    ],
]
