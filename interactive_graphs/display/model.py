"""The model of a widget: a book as plain data, operations in columns.

The contract with the browser's side (`widgets/src/shared/types.ts`); the files in
`widgets/fixtures` hold both sides to it. Read next: `book.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from interactive_graphs.display import describe
from interactive_graphs.display.scene import Box, Frame
from interactive_graphs.framework import source

if TYPE_CHECKING:
    from interactive_graphs.display.book import Book
    from interactive_graphs.framework.operation import Operation

VERSION: Final = 1

_CODE: Final = 200
"""Characters of a source line that are sent."""


def to_model(book: Book, frames: str | Iterable[str], title: str) -> dict[str, Any]:
    """The model of `book` with these frames, or "all"."""
    nodes = list(book.scopes())
    keys = [node.key for node in nodes] if frames == "all" else ["", *frames]
    parents = {box.key: n.key for n in nodes for box in book.level(n).boxes()}
    scopes = {
        node.key: {"label": describe.name_text(node.label), "count": node.count}
        for node in nodes[1:]
    }
    ops = book.operations
    index = {op: number for number, op in enumerate(ops)}
    return {
        "version": VERSION,
        "title": describe.name_text(title),
        "summary": book.summary(),
        "ops": _columns(ops, index) | _homes(book, ops) | _lines(ops),
        "parents": parents,
        "scopes": scopes,
        "frames": {key: frame_to_json(book.frame(key)) for key in dict.fromkeys(keys)},
        "asked": sorted(index[op] for op in book.asked if op in index),
        "settings": book.settings.to_json(),
    }


def first_model(book: Book, opened: Iterable[str], title: str) -> dict[str, Any]:
    """What it takes to draw a large graph at once: the open frames and what is in them.

    Operations have no columns in it yet; `partial` says so. The whole model is asked
    for once that picture is there.
    """
    nodes = [book.find(key) for key in ("", *opened)]
    inside = {
        box.key: (box, node) for node in nodes for box in book.level(node).boxes()
    }
    columns = (*_columns([], {}), "home", "line", "code")
    return {
        "version": VERSION,
        "title": describe.plain(title),
        "summary": book.summary(),
        "partial": True,
        "ops": {name: [] for name in columns},
        "parents": {key: node.key for key, (_, node) in inside.items()},
        "scopes": {
            key: {"label": describe.plain(box.label), "count": box.count}
            for key, (box, _) in inside.items()
            if box.children and not box.is_leaf
        },
        "frames": {node.key: frame_to_json(book.frame(node.key)) for node in nodes},
        "asked": [],
        "settings": book.settings.to_json(),
    }


def frame_to_json(frame: Frame) -> dict[str, Any]:
    """A frame as plain data: what `{ask: "frame"}` is answered with."""
    return {
        "boxes": [_box(box) for box in frame.boxes],
        "edges": [_fields(edge) for edge in frame.edges],
        "inputs": [_fields(port) for port in frame.inputs],
        "outputs": [_fields(port) for port in frame.outputs],
        "aside": [
            {"letter": one.letter, "box": _box(one.box), "links": one.links}
            for one in frame.aside
        ],
    }


def _fields(item: Any) -> dict[str, Any]:
    # Not `asdict`: it copies what is in there, too, and takes twenty times as long.
    return {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}


def _box(box: Box) -> dict[str, Any]:
    fields = _fields(box)
    fields["devices"] = [list(device) for device in box.devices]
    # Frames lie beside each other in a model, and colours are the browser's affair.
    del fields["frame"], fields["shade"]
    return fields


def _columns(ops: list[Operation], index: dict[Operation, int]) -> dict[str, Any]:
    texts: dict[Any, str] = {}
    return {
        "name": [op.name for op in ops],
        "type": [op.type for op in ops],
        "device": [describe.device_text(op.device) if op.device else "" for op in ops],
        "kind": [describe.kind_of(op) for op in ops],
        # What a picture leaves out is no part of its model either.
        "inputs": [
            [[index[t.op], t.value_index] for t in op.inputs if t.op in index]
            for op in ops
        ],
        "controls": [[index[c] for c in op.control_inputs if c in index] for op in ops],
        "outputs": [
            [[t.dtype.name, _shape(t.static_shape, texts)] for t in op.outputs]
            for op in ops
        ],
    }


def _shape(shape: tuple[int | None, ...] | None, texts: dict[Any, str]) -> str:
    text = texts.get(shape)
    if text is None:
        text = texts[shape] = describe.shape_text(shape)
    return text


def _homes(book: Book, ops: list[Operation]) -> dict[str, list[str]]:
    homes: dict[Operation, str] = {}
    for node in book.scopes():
        if node is book.root or node.is_scope:
            for op, box in book.level(node).holder.items():
                if not box.is_scope:
                    homes[op] = box.key
    return {"home": [homes[op] for op in ops]}


def _lines(ops: list[Operation]) -> dict[str, list[str]]:
    """Where in the user's code each was made, and what stands there."""
    known: dict[Any, tuple[str, str]] = {}
    places = [_place(op, known) for op in ops]
    return {
        "line": [place for place, _ in places],
        "code": [code for _, code in places],
    }


def _place(op: Operation, known: dict[Any, tuple[str, str]]) -> tuple[str, str]:
    stack: source.RawStack = getattr(op, "stack", ())
    place = known.get(stack[:2])
    if place is None:
        found = source.user_line(stack)
        place = ("", "")
        if found is not None:
            file, line, text = found
            place = describe.place_text(file, line), describe.plain(text, _CODE)
        known[stack[:2]] = place
    return place
