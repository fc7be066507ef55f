"""What kind of picture bytes are.

Read next: `image_codecs.py`.
"""

from __future__ import annotations

from typing import Any

from interactive_graphs.framework import raw
from interactive_graphs.framework.scopes import name_scope
from interactive_graphs.framework.tensor import Tensor


def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    """Whether bytes are those of a JPEG picture, as their first three say.

    Args:
        contents: a string scalar.
        name: of the scope.

    Returns:
        A bool scalar.

    Example:
        >>> import interactive_graphs as tf
        >>> with tf.Session() as sess:
        ...     bool(sess.run(tf.image.is_jpeg(b"GIF89a")))
        False
    """
    with name_scope(name, "is_jpeg", [contents]):
        result: Tensor = raw.Equal(raw.Substr(contents, 0, 3), b"\xff\xd8\xff")
        return result
