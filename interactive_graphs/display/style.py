"""How pictures look: colours for light and dark, line widths, fonts.

A picture is shown as an image, where the page's own colours are out of reach and
`prefers-color-scheme` follows the browser, not the notebook's theme. So it brings its
own card to stand on, and is legible on a light and on a dark page either way. Colour
is never the only difference: each kind has a shape, each line a dash pattern of its
own (`svg.py`). Read next: `svg.py`.
"""

from __future__ import annotations

from typing import Final

FONT: Final = "Helvetica,Arial,'Liberation Sans','Nimbus Sans',sans-serif"

# Class: (property, light, dark). Text is at least 4.5:1 against what it stands on.
_COLOURS: Final = (
    ("card", "fill", "#fbfbfc", "#1a1d23"),
    ("card", "stroke", "#d5d9e0", "#3a404b"),
    ("ink", "fill", "#1c2330", "#eceff4"),
    ("soft", "fill", "#596273", "#a9b2c1"),
    ("operation", "fill", "#ffffff", "#262b34"),
    ("operation", "stroke", "#7c8798", "#8a95a8"),
    ("constant", "fill", "#f1f2f5", "#2b303a"),
    ("constant", "stroke", "#8d96a6", "#7f899b"),
    ("placeholder", "fill", "#e3f0fc", "#173350"),
    ("placeholder", "stroke", "#1f6fb8", "#6db3f2"),
    ("variable", "fill", "#fff2d9", "#40310f"),
    ("variable", "stroke", "#a86a00", "#e6ae4c"),
    ("stateful", "fill", "#fbe9ee", "#432330"),
    ("stateful", "stroke", "#b0355c", "#ee8fae"),
    ("group", "fill", "#fbfbfc", "#1a1d23"),
    ("group", "stroke", "#596273", "#a9b2c1"),
    ("scope", "fill", "#e9ecf7", "#2a3150"),
    ("scope", "stroke", "#5b69a6", "#98a6e3"),
    ("section", "fill", "#f2eef8", "#352d47"),
    ("section", "stroke", "#7b62a8", "#b9a3e3"),
    ("frame", "fill", "#5b69a6", "#98a6e3"),
    ("frame", "stroke", "#8f9ac6", "#6673a8"),
    ("aside", "fill", "#596273", "#a9b2c1"),
    ("aside", "stroke", "#a7afbd", "#5b6472"),
    ("line", "stroke", "#5d6879", "#9aa5b7"),
    ("tip", "fill", "#5d6879", "#9aa5b7"),
    ("rule", "stroke", "#e3e6eb", "#2f343e"),
    ("mark", "fill", "#3f4858", "#d4dae4"),
    ("mark-ink", "fill", "#ffffff", "#1a1d23"),
    ("chip", "fill", "#ffffff", "#1a1d23"),
    ("chip", "stroke", "#46705a", "#86c5a3"),
    ("chip-ink", "fill", "#2c5641", "#a3dcbd"),
    ("asked", "stroke", "#1c2330", "#eceff4"),
)

# Colours of overlays: eight categories, five steps of a scale. The words on them are
# `ink`: at least 4.5:1. Categories are told apart by people who see no red or green.
_TONES: Final = (
    ("c0", "#cfe3f7", "#1d4468"),
    ("c1", "#fbdca8", "#6b4608"),
    ("c2", "#c5ead9", "#135443"),
    ("c3", "#f3cfe2", "#6b2950"),
    ("c4", "#f6f0a6", "#57520c"),
    ("c5", "#d9d3f3", "#443a7c"),
    ("c6", "#f7c9b6", "#743018"),
    ("c7", "#dcdfe4", "#454b55"),
    ("s0", "#fdf5e9", "#2c2a29"),
    ("s1", "#fbe3c4", "#49351f"),
    ("s2", "#f8cd9b", "#663f17"),
    ("s3", "#f4b571", "#80480f"),
    ("s4", "#ee9c49", "#95500a"),
    ("unsaid", "#fbfbfc", "#1a1d23"),
    ("rail", "#ffffff80", "#00000060"),
    ("bar", "#7a3e00", "#ffcf9a"),
)

_RULES: Final = f"""
text{{font-family:{FONT};font-size:10px}}
.label{{font-size:12px;font-weight:bold}}
.head{{font-size:13px;font-weight:bold}}
.chip-ink,.mark-ink{{font-size:9px;font-weight:bold}}
.mid{{text-anchor:middle}}
.operation,.constant,.scope,.section,.stateful{{stroke-width:1.2}}
.placeholder,.variable{{stroke-width:1.6}}
.group{{stroke-width:1.3;stroke-dasharray:4 2.5}}
.frame{{fill-opacity:.07;stroke-width:1.2}}
.aside{{fill-opacity:.07;stroke-dasharray:2 3}}
.line{{fill:none;stroke-linecap:round;stroke-width:1.2}}
.open{{stroke-width:1.3}}
.w2{{stroke-width:1.7}}
.w3{{stroke-width:2.3}}
.w4{{stroke-width:3}}
.w5{{stroke-width:3.8}}
.control{{stroke-dasharray:1 4;stroke-width:1.8}}
.back{{stroke-dasharray:6 3}}
.asked{{fill:none;stroke-width:5;stroke-linejoin:round}}
.chip{{stroke-width:1}}
.none{{fill:none}}
"""


def style_sheet() -> str:
    """The CSS of every picture."""
    light = _rules_for(2)
    dark = _rules_for(3)
    rules = "".join(_RULES.split("\n"))
    return f"{light}{rules}@media(prefers-color-scheme:dark){{{dark}}}"


def _rules_for(column: int) -> str:
    return "".join(f".{row[0]}{{{row[1]}:{row[column]}}}" for row in _COLOURS)


def tone_sheet() -> str:
    """The CSS that a picture with an overlay needs besides."""
    light = "".join(f".{name}{{fill:{day}}}" for name, day, _ in _TONES)
    dark = "".join(f".{name}{{fill:{night}}}" for name, _, night in _TONES)
    return f"{light}@media(prefers-color-scheme:dark){{{dark}}}"
