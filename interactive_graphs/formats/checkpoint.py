"""Opens a checkpoint, whichever of TensorFlow's two forms it has.

Read next: `tensor_bundle.py`.
"""

from __future__ import annotations

import os

from interactive_graphs.formats import commit
from interactive_graphs.formats.bundle_writer import index_path
from interactive_graphs.formats.slice_table import SliceTableReader
from interactive_graphs.formats.tensor_bundle import BundleReader


def open_checkpoint(prefix: str) -> BundleReader | SliceTableReader:
    """A reader of the checkpoint `prefix`.

    Raises:
        NotFoundError: there is none.
        DataLossError: it is damaged.
    """
    if not commit.has_index(index_path(prefix)) and os.path.isfile(prefix):
        return SliceTableReader(prefix)
    return BundleReader(prefix)


def exists(prefix: str) -> bool:
    """Whether there is a checkpoint of that name, of either form."""
    return commit.has_index(index_path(prefix)) or os.path.isfile(prefix)
