"""Samples of the ops that write and read checkpoints."""

import numpy as np

from tests.registry.sample import Sample

FILES = "needs files; see tests/train/test_saver.py"

SAMPLES = [
    Sample("ShardedFilename", [np.array(b"net", object), np.int32(2), np.int32(10)]),
    Sample("ShardedFilespec", [np.array(b"net", object), np.int32(10)]),
    *(
        Sample(name, run=False, note=FILES)
        for name in (
            "SaveV2 RestoreV2 MergeV2Checkpoints Save SaveSlices Restore RestoreSlice"
        ).split()
    ),
]
