"""Strings: splitting, searching, numbers as text and back, on arrays of bytes.

Read next: `../../ops/strings.py`.
"""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from interactive_graphs._util.refusal import invalid


def each(
    array: np.ndarray, function: Callable[[Any], Any], dtype: Any = object
) -> np.ndarray:
    """`function` of each element, in an array of `dtype`."""
    values = list(map(function, array.reshape(-1).tolist()))
    output = np.empty(len(values), dtype)
    output[:] = values
    return output.reshape(array.shape)


def shown(text: bytes) -> str:
    """A string as part of a message."""
    return text.decode(errors="replace")


# -- splitting ------------------------------------------------------------------------


def split(text: bytes, delimiter: bytes, skip_empty: bool) -> list[bytes]:
    """The parts of `text` between any of the bytes of `delimiter`.

    An empty delimiter splits into single bytes.
    """
    if not text:
        return []
    if not delimiter:
        return [text[i : i + 1] for i in range(len(text))]
    parts = re.split(b"[" + re.escape(delimiter) + b"]", text)
    return [p for p in parts if p] if skip_empty else parts


def split_on(text: bytes, separator: bytes, limit: int) -> list[bytes]:
    """As Python's `split`: whitespace where the separator is empty."""
    if not separator:
        return text.split(None, limit)
    return text.split(separator, limit)


def ragged(rows: list[list[bytes]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of different lengths as the indices, values and shape of a SparseTensor."""
    places = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = np.empty(len(places), object)
    values[:] = [part for row in rows for part in row]
    widest = max((len(row) for row in rows), default=0)
    return (
        np.array(places, np.int64).reshape(-1, 2),
        values,
        np.array([len(rows), widest], np.int64),
    )


def substring(
    text: bytes, start: int, length: int, where: int, by_bytes: bool
) -> bytes:
    """A part of `text`; counted in characters of UTF-8 unless `by_bytes`.

    Raises:
        InvalidArgumentError: `start` lies outside.
    """
    whole: Any = text if by_bytes else text.decode(errors="surrogateescape")
    size = len(whole)
    if not -size <= start <= size:
        invalid(
            f"pos {start} out of range for string b'{shown(text)}' at index {where}"
        )
    first = start + size if start < 0 else start
    part = whole[first : size if length < 0 else first + length]
    if by_bytes:
        return bytes(part)
    return str(part).encode(errors="surrogateescape")


# -- regular expressions --------------------------------------------------------------


def compiled(pattern: bytes) -> re.Pattern[str]:
    """A pattern of RE2 as Python's; both agree on all but exotic syntax.

    Raises:
        InvalidArgumentError: it is no pattern.
    """
    text = pattern.decode(errors="surrogateescape")
    try:
        return re.compile(text, re.ASCII)
    except re.error as error:
        invalid(f"Invalid pattern: {text}, error: {error}")


def replace(
    pattern: re.Pattern[str], text: bytes, rewrite: bytes, every: bool
) -> bytes:
    r"""`text` with the matches of `pattern` rewritten; `\1` is the first group."""
    source = text.decode(errors="surrogateescape")
    template = rewrite.decode(errors="surrogateescape")
    groups = [int(n) for n in re.findall(r"\\(\d)", template.replace("\\\\", ""))]
    if any(n > pattern.groups for n in groups):
        return text  # as RE2: a rewrite that cannot be leaves all as it is
    output, end, last = [], 0, -1
    for match in pattern.finditer(source):
        if match.start() == match.end() == last:
            continue  # RE2 finds no empty match right after a match
        output += [source[end : match.start()], _rewritten(template, match)]
        end = last = match.end()
        if not every:
            break
    output.append(source[end:])
    return "".join(output).encode(errors="surrogateescape")


def _rewritten(template: str, match: re.Match[str]) -> str:
    return re.sub(
        r"\\(\d|\\)",
        lambda m: "\\" if m[1] == "\\" else match[int(m[1])] or "",
        template,
    )


# -- numbers --------------------------------------------------------------------------

# Compiled by `re` when first used: that takes longer than loading this file.
_FLOAT = r"(?ai)[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf(inity)?|nan)$"
_HEX = r"(?i)[+-]?0x[0-9a-f.]+(p[+-]?\d+)?$"
_INT = r"(?a)[+-]?\d+$"


def number_in(text: bytes, dtype: np.dtype[Any]) -> Any:
    """The number that `text` spells, blanks around it allowed; None if it spells none.

    Args:
        text: decimal, and hexadecimal for floating dtypes.
        dtype: what the number must fit in.
    """
    word = text.decode("latin-1").strip(" \t\n\v\f\r")
    if dtype.kind == "f":
        if re.match(_FLOAT, word):
            return float(word)
        return _from_hexadecimal(word) if re.match(_HEX, word) else None
    # Python refuses to read thousands of digits; none of our dtypes has room for 30.
    digits = word.lstrip("+-0")
    if re.match(_INT, word) and len(digits) < 30:
        number = int(digits or 0) * (-1 if word.startswith("-") else 1)
        limits = np.iinfo(dtype)
        if limits.min <= number <= limits.max:
            return number
    return None


def _from_hexadecimal(word: str) -> float | None:
    try:
        return float.fromhex(word)
    except OverflowError:
        return math.copysign(math.inf, -1 if word.startswith("-") else 1)
    except ValueError:  # two points, or no digit
        return None


def to_numbers(texts: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """The number that each string spells, in an array of `dtype`.

    Raises:
        InvalidArgumentError: one spells none of that dtype.
    """
    words = texts.reshape(-1).tolist()
    numbers = _plain_numbers(words, dtype)
    if numbers is None:
        return each(texts, lambda text: to_number(text, dtype), dtype)
    return numbers.reshape(texts.shape)


def _plain_numbers(words: list[bytes], dtype: np.dtype[Any]) -> np.ndarray | None:
    """The numbers if Python reads all of these words, and as TensorFlow does."""
    if b"_" in b"".join(words):
        return None
    read, wide = (float, np.float64) if dtype.kind == "f" else (int, np.int64)
    try:
        numbers = np.fromiter(map(read, words), wide, len(words))
    except (ValueError, OverflowError):  # hexadecimal, wrong, or with too many digits
        return None
    result = numbers.astype(dtype)
    return result if dtype.kind == "f" or (result == numbers).all() else None


def to_number(text: bytes, dtype: np.dtype[Any]) -> Any:
    """The number that `text` spells, blanks around it allowed.

    Raises:
        InvalidArgumentError: it spells none of that dtype.
    """
    number = number_in(text, dtype)
    if number is None:
        invalid(f"StringToNumberOp could not correctly convert string: {shown(text)}")
    return number


def number_format(
    dtype: Any,
    precision: int,
    scientific: bool,
    shortest: bool,
    width: int,
    fill: bytes,
) -> Callable[[Any], bytes]:
    """How AsString writes a number of `dtype`.

    Raises:
        InvalidArgumentError: the attributes contradict each other or the dtype.
    """
    floating = dtype.is_floating or dtype.is_complex
    if not floating:
        if scientific or shortest:
            invalid(
                "scientific and shortest format not supported for datatype "
                f"{dtype.name}"
            )
        if precision >= 0:
            invalid(f"precision not supported for datatype {dtype.name}")
    if scientific and shortest:
        invalid("Cannot select both scientific and shortest notation")
    if len(fill) > 1:
        invalid("Fill string must be one or fewer characters")
    if dtype.is_bool:
        return lambda value: b"true" if value else b"false"
    flag = fill.decode("latin-1")
    if flag and flag not in " +-0#":
        invalid(f"Fill argument not supported: {flag}")
    head = f"%{flag}{width if width >= 0 else ''}"
    # What formats is the method itself, which `map` calls without a line of Python.
    if dtype.name == "string":
        return f"{head}s".encode().__mod__
    if not floating:
        return f"{head}d".encode().__mod__
    places = f".{precision}" if precision >= 0 else ""
    number = head + places + ("g" if shortest else "e" if scientific else "f")
    if dtype.is_complex:
        form = f"({number},{number})".encode()
        return lambda value: form % (value.real, value.imag)
    return number.encode().__mod__


# -- encodings ------------------------------------------------------------------------


def encode_base64(text: bytes, pad: bool) -> bytes:
    """Base64 for web addresses: '-' and '_', without '=' unless `pad`."""
    code = binascii.b2a_base64(text, newline=False).translate(_TO_WEB)
    return code if pad else code.rstrip(b"=")


_TO_WEB, _FROM_WEB = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_WEB = rb"[A-Za-z0-9_-]*={0,2}$"


def decode_base64(code: bytes) -> bytes:
    """What `encode_base64` undone gives.

    Raises:
        InvalidArgumentError: it is no Base64 for web addresses.
    """
    bare = code.rstrip(b"=")
    if len(bare) % 4 == 1:
        invalid("Base64 string length cannot be 1 modulo 4.")
    if not re.match(_WEB, code):
        invalid("Invalid character found in base64.")
    try:
        return binascii.a2b_base64(bare.translate(_FROM_WEB) + b"=" * (-len(bare) % 4))
    except binascii.Error:
        invalid("Invalid character found in base64.")


def decode_raw(texts: np.ndarray, dtype: np.dtype[Any], little: bool) -> np.ndarray:
    """The bytes of strings of one length as numbers, in a new last dimension.

    Raises:
        InvalidArgumentError: lengths differ or do not divide into numbers.
    """
    flat = texts.reshape(-1).tolist()
    size = len(flat[0]) if flat else 0
    for i, text in enumerate(flat):
        if len(text) != size:
            invalid(
                "DecodeRaw requires input strings to all be the same size, but element "
                f"{i} has size {size} != {len(text)}"
            )
    width = dtype.itemsize
    if size % width:
        kind = {"float32": "float", "float64": "double", "float16": "half"}
        name = kind.get(dtype.name, dtype.name)
        invalid(
            f"Input to DecodeRaw has length {size} that is not a multiple of {width}, "
            f"the size of {name}"
        )
    order = dtype if little else dtype.newbyteorder(">")
    numbers = np.frombuffer(b"".join(flat), order).astype(dtype)
    return numbers.reshape((*texts.shape, size // width))
