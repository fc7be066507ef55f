"""The hook through which `display` shows graphs, without the framework knowing it.

`display/rich.py` registers a function per kind of object; until then, and whenever one
fails, objects show themselves as plain text. Read next: `../display/rich.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Renderer = Callable[[Any], dict[str, Any]]

_renderers: dict[str, Renderer] = {}


def register(kind: str, renderer: Renderer) -> None:
    """Use `renderer(obj) -> {mime type: data}` for objects of a kind ('Graph', ...)."""
    _renderers[kind] = renderer


def mimebundle(kind: str, obj: Any, include: Any = None, exclude: Any = None) -> Any:
    """What Jupyter should show for `obj`; plain text when display fails.

    Args:
        kind: the kind `obj` was registered under.
        obj: what is shown.
        include: mime types asked for, as IPython passes them.
        exclude: mime types refused.
    """
    text = {"text/plain": repr(obj)}
    renderer = _renderers.get(kind)
    if renderer is None:
        return text
    try:
        bundle = renderer(obj)
    except Exception as error:  # a display must never break the user's cell
        return {"text/plain": f"{text['text/plain']}  (display failed: {error})"}
    if include:
        bundle = {k: v for k, v in bundle.items() if k in include}
    if exclude:
        bundle = {k: v for k, v in bundle.items() if k not in exclude}
    return bundle
