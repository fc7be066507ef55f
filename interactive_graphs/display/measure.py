"""How wide text is, without a font at hand.

Boxes must fit their words on machines whose fonts we cannot ask. The widths are those
of Helvetica, which Arial and Liberation Sans share; the pictures name these fonts
first, and tell the browser the width of each line, so that another font is fitted in.
Read next: `positions.py`.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_REGULAR: Final = {
    222: "ijl",
    191: "'",
    260: "|",
    278: " !,./:;It[]\\f",
    333: "()-r`",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "cksvxyzJ",
    556: "0123456789abdeghnopqu?_L$#",
    584: "+<>=~",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "mM",
    889: "%",
    944: "W",
    1000: "…",
    1015: "@",
}
_BOLD: Final = {
    238: "'",
    278: " ,./\\Iijl",
    280: "|",
    333: "!()-:;[]`ft",
    389: "*{}r",
    474: '"',
    500: "z",
    556: "#$0123456789J_aceksvxy",
    584: "+<=>^~",
    611: "?FLTZbdghnopqu",
    667: "EPSVXY",
    722: "&ABCDHKNRU",
    778: "GOQw",
    833: "M",
    889: "%m",
    944: "W",
    975: "@",
    1000: "…",
}


def _by_character(classes: dict[int, str]) -> dict[str, int]:
    return {char: width for width, chars in classes.items() for char in chars}


_NARROWEST: Final = 191
_WIDTHS: Final = (_by_character(_REGULAR), _by_character(_BOLD))


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of `text` in pixels at font size `size`."""
    widths = _WIDTHS[bold]
    return sum(widths.get(char) or _other(char) for char in text) * size / 1000


def _other(character: str) -> int:
    return 1000 if unicodedata.east_asian_width(character) in "WF" else 640


def _most(size: float, width: float) -> int:
    """More characters than ever fit: of a long name not each has to be measured."""
    return int(width * 1000 / size / _NARROWEST) + 2


def fit(text: str, size: float, width: float, bold: bool = False) -> str:
    """`text`, its middle left out where it would be wider than `width`."""
    if text_width(text[: _most(size, width)], size, bold) <= width:
        return text
    keep = min(len(text), _most(size, width))
    while keep > 2:
        keep -= 1
        # The end of a name tells more than its middle: `..._grad_1`.
        end = keep // 2
        short = f"{text[: keep - end]}…{text[len(text) - end :]}"
        if text_width(short, size, bold) <= width:
            return short
    return text[:1] + "…"
