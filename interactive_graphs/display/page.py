"""A saved page: views that live on in one file, without a kernel and without a network.

    text = page([{"_view": "graph", "model": book.to_json()}], title="g", svg=svg)

The file holds the script of the widgets, the traits of the views and what their panels
ask Python otherwise (`details.Facts`), and a still picture for readers whose program
runs no scripts. Its security policy names the script by its hash: nothing else in the
file can run, whatever a graph is called, and nothing is loaded from anywhere.
Read next: `details.py`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from interactive_graphs.display import describe

_STATIC: Final = Path(__file__).parents[1] / "widgets" / "static"

PACKED_FROM: Final = 100_000
"""Characters of data from which it pays to compress them."""

_STYLE: Final = """
:root{color-scheme:light dark}
body{margin:0;font:13px/1.45 system-ui,sans-serif;background:light-dark(#fff,#16191d);
color:light-dark(#1f2328,#e6e8eb)}
.ig-page-head{padding:8px 12px}
.ig-page-head h1{margin:0;font-size:15px;overflow-wrap:anywhere}
.ig-page-head p{margin:0}
.ig-page-views:not(:empty){padding:8px}
.ig-page-still{padding:0 12px}
.ig-page-still img{max-width:100%;height:auto}
.ig-page-still[hidden]{display:none}
.ig-page-text{padding:8px 12px}
.ig-page-text pre{overflow:auto}
"""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<header class="ig-page-head"><h1>{title}</h1><p>{summary}</p></header>
<div class="ig-page-views"></div>
<div class="ig-page-still">{still}</div>
<details class="ig-page-text"><summary>As text</summary><pre>{text}</pre></details>
</main>
<script class="ig-saved" type="application/json"{packed}>{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def page(
    views: Sequence[Mapping[str, Any]],
    *,
    title: str,
    summary: str = "",
    svg: str = "",
    alt: str = "",
    text: str = "",
    facts: Mapping[str, Any] | None = None,
) -> str:
    """The page of some views.

    Args:
        views: the traits of each, `_view` among them, as plain data.
        title: of the page.
        summary: a sentence below the title.
        svg: a drawing that is shown until the views are, and where no scripts run.
        alt: what is seen on it.
        text: what is seen, in words; folded away below the views.
        facts: of `details.Facts`, for what panels ask.

    Returns:
        HTML, as the content of a file.
    """
    script = _script()
    style = f"{_STYLE}{(_STATIC / 'page.css').read_text(encoding='utf-8')}"
    data, packed = _data({"views": [dict(view) for view in views], "facts": facts})
    return _PAGE.format(
        policy=_policy(script, style),
        title=html.escape(describe.plain(title)),
        summary=html.escape(describe.plain(summary)),
        style=style,
        still=_picture(svg, alt),
        text=html.escape("\n".join(map(describe.plain, text.split("\n")))),
        packed=packed,
        data=data,
        script=script,
    )


def _picture(svg: str, alt: str) -> str:
    if not svg:
        return ""
    source = base64.b64encode(svg.encode("utf-8", "replace")).decode("ascii")
    alt = html.escape(describe.plain(alt))
    return f'<img alt="{alt}" src="data:image/svg+xml;base64,{source}">'


def _script() -> str:
    """The widgets' script, such that no letter of it ends its element."""
    script = (_STATIC / "page.js").read_text(encoding="utf-8")
    # Both can only stand in strings and patterns, where the backslash changes nothing.
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _data(saved: Mapping[str, Any]) -> tuple[str, str]:
    """The data as the content of an element, and the attribute that tells its form."""
    # ASCII only: what JSON and HTML disagree on is written as escapes, and a name may
    # hold half of a surrogate pair, which has no other form.
    text = json.dumps(saved, separators=(",", ":"), allow_nan=False)
    if len(text) < PACKED_FROM:
        for letter in "<>&":
            text = text.replace(letter, f"\\u{ord(letter):04x}")
        return text, ""
    packed = gzip.compress(text.encode("ascii"), compresslevel=6, mtime=0)
    return base64.b64encode(packed).decode("ascii"), ' data-packed="gzip"'


def _policy(script: str, style: str) -> str:
    """Our script and style, pictures that are part of the page, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
