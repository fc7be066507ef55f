"""`tf.io.gfile`: `tf.gfile` under the names of TensorFlow 1.13 and later."""

from interactive_graphs._util import missing
from interactive_graphs.platform.gfile import (
    Copy as copy,
    DeleteRecursively as rmtree,
    Exists as exists,
    GFile,
    Glob as glob,
    IsDirectory as isdir,
    ListDirectory as listdir,
    MakeDirs as makedirs,
    MkDir as mkdir,
    Remove as remove,
    Rename as rename,
    Stat as stat,
    Walk as walk,
)

__all__ = [
    "GFile",
    "copy",
    "exists",
    "glob",
    "isdir",
    "listdir",
    "makedirs",
    "mkdir",
    "remove",
    "rename",
    "rmtree",
    "stat",
    "walk",
]

__getattr__ = missing.unknown("tf.io.gfile", __name__)
