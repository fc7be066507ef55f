"""`tf.lookup`: lookup tables, by their later names."""

from interactive_graphs._util import missing
from interactive_graphs.ops.lookup import (
    KeyValueTensorInitializer,
    TextFileIndex,
    TextFileInitializer,
)
from interactive_graphs.ops.lookup_vocabulary import (
    StaticHashTable,
    StaticVocabularyTable,
)

__all__ = [
    "KeyValueTensorInitializer",
    "StaticHashTable",
    "StaticVocabularyTable",
    "TextFileIndex",
    "TextFileInitializer",
]
__getattr__ = missing.unknown("tf.lookup", __name__)
