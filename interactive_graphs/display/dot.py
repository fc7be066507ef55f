"""DOT, in two forms: for other programs to read, and for the layout alone.

`to_dot` writes a whole scene with its words, escaped, for other tools. `frame_dot`
writes one frame for `layout.py`: sizes and edges, no words, so that nothing a user
wrote can be taken for markup and no font matters. Read next: `layout.py`.
"""

from __future__ import annotations

from typing import Any, Final

from interactive_graphs._util import lazy
from interactive_graphs.display import describe
from interactive_graphs.display.scene import BACK, CONTROL, Edge, Frame, Scene

_SHAPES: Final = {
    describe.OPERATION: {"shape": "box", "style": "rounded"},
    describe.CONSTANT: {"shape": "ellipse"},
    describe.PLACEHOLDER: {"shape": "parallelogram"},
    describe.VARIABLE: {"shape": "cylinder"},
    describe.STATEFUL: {"shape": "box", "peripheries": "2"},
    describe.GROUP: {"shape": "octagon", "style": "dashed"},
    describe.SCOPE: {"shape": "folder"},
    describe.SECTION: {"shape": "tab"},
}


# For other programs. An end of an edge is a box, or a port on a side of one.

_End = tuple[str, str, str]


def to_dot(scene: Scene) -> str:
    """The scene as DOT, open scopes as clusters.

    Args:
        scene: what to write, from `view.view`.

    Returns:
        DOT source that any Graphviz draws. Names are quoted and escaped.
    """
    graphviz = lazy.load("graphviz")
    graph = graphviz.Digraph(
        graph_attr={
            "compound": "true",
            "fontname": "Helvetica",
            "label": _quoted(f"{scene.title}: {scene.summary}"),
        },
        node_attr={"fontname": "Helvetica", "fontsize": "11"},
        edge_attr={"fontname": "Helvetica", "fontsize": "9"},
    )
    names: dict[_End, str] = {}
    _write_ports(graph, "", scene.frame, names)
    _write_boxes(graph, scene.frame, names)
    frames = [("", scene.frame)]
    while frames:
        key, frame = frames.pop()
        for edge in frame.edges:
            _write_edge(graph, key, edge, names)
        frames += [(box.key, box.frame) for box in frame.boxes if box.frame is not None]
    return str(graph.source)


def _quoted(text: str) -> Any:
    """Text that Graphviz takes as it is: no escapes, no HTML.

    What comes back is a string that knows so; as plain str, `<b>` would be HTML again.
    """
    return lazy.load("graphviz").escape(text)


def _write_ports(graph: Any, key: str, frame: Frame, names: dict[_End, str]) -> None:
    for side, ports in (("in", frame.inputs), ("out", frame.outputs)):
        for port in ports:
            name = names[key, side, port.key] = f"n{len(names)}"
            shape = "plaintext" if port.label else "point"
            graph.node(name, _quoted(port.label), shape=shape)


def _write_boxes(graph: Any, frame: Frame, names: dict[_End, str]) -> None:
    for box in [*frame.boxes, *(aside.box for aside in frame.aside)]:
        name = names[box.key, "", ""] = f"n{len(names)}"
        if box.frame is None:
            words = [box.label, *box.lines]
            if box.shade:
                words.append(box.shade.words)
            lines = [_quoted(line) for line in words]
            label = lazy.load("graphviz").nohtml(r"\n".join(lines))
            devices = ", ".join(device for device, _ in box.devices)
            extra = {"xlabel": _quoted(devices)} if devices else {}
            extra |= _SHAPES[box.kind]
            graph.node(
                name, label, tooltip=_quoted(describe.name_text(box.key)), **extra
            )
            continue
        with graph.subgraph(name=f"cluster_{name}") as inner:
            inner.attr(label=_quoted(box.label), style="rounded")
            _write_ports(inner, box.key, box.frame, names)
            _write_boxes(inner, box.frame, names)


def _write_edge(graph: Any, key: str, edge: Edge, names: dict[_End, str]) -> None:
    tail = names[
        (edge.tail, "out" if edge.tail_port else "", edge.tail_port)
        if edge.tail
        else (key, "in", edge.tail_port)
    ]
    head = names[
        (edge.head, "in" if edge.head_port else "", edge.head_port)
        if edge.head
        else (key, "out", edge.head_port)
    ]
    if edge.kind == CONTROL:
        graph.edge(tail, head, style="dashed", arrowhead="empty")
    elif edge.kind == BACK:
        graph.edge(tail, head, constraint="false")
    else:
        graph.edge(tail, head, label=_quoted(tag_text(edge)))


def tag_text(edge: Edge) -> str:
    """What is written on a data edge: dtype and shape, or how many tensors it is."""
    if edge.count == 1:
        return edge.tensors[0]
    if len(set(edge.tensors)) == 1:
        return f"{edge.count} × {edge.tensors[0]}"
    return f"{edge.count} tensors"


# For the layout alone. Sizes are pixels; Graphviz counts in inches of 72.

Size = tuple[float, float]


def inches(pixels: float) -> str:
    """A length in pixels as Graphviz wants it."""
    return f"{pixels / 72:.4f}"


class FrameDot:
    """The DOT of one frame: nodes of given sizes, edges with ids."""

    def __init__(self) -> None:
        """An empty graph, drawn from top to bottom."""
        self._graph = lazy.load("graphviz").Digraph(
            graph_attr={"nodesep": "0.28", "ranksep": "0.26"},
            node_attr={"shape": "box", "fixedsize": "true", "label": ""},
            edge_attr={"arrowsize": "0.55"},
        )

    def node(self, name: str, size: Size, parts: int = 0) -> None:
        """A node of this size; with `parts` it is an open scope.

        Its borders are divided into that many equal parts, at which edges may end:
        `i0`, `i1`, ... above and `o0`, `o1`, ... below.
        """
        attributes = {"width": inches(size[0]), "height": inches(size[1])}
        if parts:
            rows = [
                "|".join(f"<{row}{number}>" for number in range(parts)) for row in "io"
            ]
            label = f"{{{{{rows[0]}}}|{{{rows[1]}}}}}"
            attributes |= {"shape": "record", "label": label}
        self._graph.node(name, **attributes)

    def rank(self, rank: str, names: list[str]) -> None:
        """Puts the nodes `names` into the first ('source') or last ('sink') row."""
        if names:
            with self._graph.subgraph() as row:
                row.attr(rank=rank)
                for name in names:
                    row.node(name)

    def edge(
        self, name: str, tail: str, head: str, *, arrow: bool, weight: int
    ) -> None:
        """An edge between nodes, or node:port; of weight 0 it may lead upwards."""
        shape = "normal" if arrow else "none"
        free = {} if weight else {"constraint": "false"}
        self._graph.edge(
            tail, head, id=name, arrowhead=shape, weight=str(weight), **free
        )

    @property
    def source(self) -> str:
        """The DOT source."""
        return str(self._graph.source)
