"""Where everything goes: a scene with sizes and positions.

Each open scope is laid out alone, innermost first, as a small graph of boxes whose
sizes are known; then it is one box in the scope around it. The tags on edges are nodes
of the layout, too, so that no words overlap. Read next: `svg.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from interactive_graphs.display import describe, layout
from interactive_graphs.display.dot import FrameDot, Size, tag_text
from interactive_graphs.display.measure import fit, text_width
from interactive_graphs.display.scene import (
    BACK,
    CONTROL,
    DATA,
    Aside,
    Box,
    Edge,
    Frame,
    Scene,
)

LABEL: Final = 12.0
SMALL: Final = 10.0
LINE: Final = 13.5
WIDEST: Final = 190.0
HEADER: Final = 26.0
MARGIN: Final = 14.0
ROW_WIDTH: Final = 620.0
GAP: Final = 16.0
BAR: Final = 4.0

Point = tuple[float, float]


@dataclass(slots=True)
class Path:
    """A line along Bezier curves, to an arrow's tip if there is one."""

    points: list[Point]
    tip: Point | None
    kind: str
    count: int


@dataclass(slots=True)
class Tag:
    """The words on an edge, around their centre."""

    text: str
    center: Point
    size: Size


@dataclass(slots=True)
class PlacedBox:
    """A box at its left upper corner."""

    box: Box
    at: Point
    size: Size
    inside: PlacedFrame | None = None


@dataclass(slots=True)
class PlacedPort:
    """A port's centre; on the outermost frame it has words and a size."""

    text: str
    center: Point
    size: Size


@dataclass(slots=True)
class PlacedFrame:
    """A frame laid out, with its own origin."""

    size: Size = (0.0, 0.0)
    boxes: list[PlacedBox] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    inputs: dict[str, PlacedPort] = field(default_factory=dict)
    outputs: dict[str, PlacedPort] = field(default_factory=dict)
    aside: list[tuple[Aside, PlacedBox]] = field(default_factory=list)
    aside_at: Point | None = None


def place(scene: Scene, engine: str = "") -> PlacedFrame:
    """Lays `scene` out.

    Args:
        scene: from `view.view`.
        engine: which Graphviz, see `layout.positions`.

    Returns:
        The outermost frame, everything in it relative to its own left upper corner.

    Raises:
        LayoutError: no Graphviz, or it failed.
    """
    by_depth: list[list[tuple[Frame, str]]] = [[(scene.frame, "")]]
    while by_depth[-1]:
        inner = [
            (box.frame, box.label)
            for frame, _ in by_depth[-1]
            for box in frame.boxes
            if box.frame is not None
        ]
        by_depth.append(inner)
    placed: dict[int, PlacedFrame] = {}
    for depth in range(len(by_depth) - 2, -1, -1):
        frames = by_depth[depth]
        layouts = [_FrameLayout(frame, title, placed) for frame, title in frames]
        try:
            graphs = [one.source() for one in layouts]
        except ImportError as error:
            raise layout.LayoutError(str(error)) from error
        found = layout.positions([graph for graph in graphs if graph], engine)
        results = iter(found)
        for one, graph in zip(layouts, graphs, strict=True):
            placed[id(one.frame)] = one.finish(next(results) if graph else None)
    return placed[id(scene.frame)]


def box_lines(box: Box) -> list[str]:
    """What is written under a box's label, cut to the widest box."""
    lines = [*box.lines, box.shade.text] if box.shade else box.lines
    return [fit(line, SMALL, WIDEST) for line in lines if line]


def box_size(box: Box) -> Size:
    """The size of a closed box."""
    lines = box_lines(box)
    label = fit(box.label, LABEL, WIDEST, bold=True)
    icon = 0.0 if box.kind == describe.OPERATION else 17.0
    width = max(
        text_width(label, LABEL, bold=True) + icon,
        *(text_width(line, SMALL) for line in lines),
        device_width(box),
        30.0,
    )
    height = 26.0 + LINE * len(lines)
    if box.devices:
        height += 17.0
    if box.shade and box.shade.level is not None:
        height += BAR + 2
    slack = {describe.PLACEHOLDER: 34.0, describe.CONSTANT: 28.0, describe.GROUP: 28.0}
    if box.kind == describe.VARIABLE:
        height += 10.0
    if box.marks:
        width += 8.0
    return width + slack.get(box.kind, 22.0), height


def device_words(box: Box) -> list[str]:
    """What is written on each device chip of a box."""
    words = [
        f"{device} ×{number}" if box.kind == describe.SCOPE else device
        for device, number in box.devices[:3]
    ]
    if len(box.devices) > 3:
        words.append(f"+{len(box.devices) - 3}")
    return words


def device_width(box: Box) -> float:
    """How wide the row of device chips is."""
    return sum(chip_width(word) + 4 for word in device_words(box))


def chip_width(word: str) -> float:
    """How wide one device chip is."""
    return text_width(word, 9.0, bold=True) + 20


class _FrameLayout:
    """Lays out one frame whose open boxes are laid out already."""

    def __init__(
        self, frame: Frame, title: str, placed: dict[int, PlacedFrame]
    ) -> None:
        self.frame = frame
        self.title = title
        self.inner = {
            box.key: placed[id(box.frame)]
            for box in frame.boxes
            if box.frame is not None
        }
        self.names: dict[str, str] = {}
        self.tags: dict[tuple[Any, ...], tuple[str, Tag]] = {}
        # Each line: its edge, and whether it ends at the edge's own tail and head.
        self.lines: dict[str, tuple[Edge, bool, bool]] = {}
        ends = {edge.tail for edge in frame.edges} | {e.head for e in frame.edges}
        self.loose = [box for box in frame.boxes if box.key not in ends]
        self.tied = [box for box in frame.boxes if box.key in ends]

    def size_of(self, box: Box) -> Size:
        inner = self.inner.get(box.key)
        return box_size(box) if inner is None else inner.size

    # To DOT.

    def source(self) -> str:
        """The DOT of the frame; empty when there is no edge to lay out."""
        if not self.frame.edges:
            return ""
        dot = FrameDot()
        for number, box in enumerate(self.tied):
            name = self.names[box.key] = f"b{number}"
            inner = self.inner.get(box.key)
            dot.node(name, self.size_of(box), _parts(inner) if inner else 0)
        for rank, row, border in (
            ("source", "i", self.frame.inputs),
            ("sink", "o", self.frame.outputs),
        ):
            for number, port in enumerate(border):
                dot.node(f"{row}{number}", _port_size(port.label))
            dot.rank(rank, [f"{row}{number}" for number in range(len(border))])
        for edge in self.frame.edges:
            self._write(dot, edge)
        return dot.source

    def _write(self, dot: FrameDot, edge: Edge) -> None:
        tail, head = self._end(edge, True), self._end(edge, False)
        is_out = not edge.head and not self._label(edge.head_port, False)
        is_in = not edge.tail and not self._label(edge.tail_port, True)
        key = (tail, *edge.tensors)
        # What crosses a border has its words where the edge goes on, outside.
        direct = edge.kind != DATA or is_in or (is_out and key not in self.tags)
        if not direct:
            if key not in self.tags:
                self._write_tag(dot, edge, tail, key)
            tail = self.tags[key][0]
        weight = 1 if edge.kind == CONTROL or is_in else 2
        if edge.kind == BACK:
            weight = 0
        name = self._line(edge, direct, True)
        # An edge goes on at a port: its arrow is where it ends.
        arrow = not is_out and not (edge.head and edge.head_port)
        dot.edge(name, tail, head, arrow=arrow, weight=weight)

    def _line(self, edge: Edge, at_tail: bool, at_head: bool) -> str:
        name = f"e{len(self.lines)}"
        self.lines[name] = (edge, at_tail, at_head)
        return name

    def _write_tag(
        self, dot: FrameDot, edge: Edge, tail: str, key: tuple[Any, ...]
    ) -> None:
        text = tag_text(edge)
        size = (text_width(text, SMALL) + 8, 14.0)
        node = f"t{len(self.tags)}"
        self.tags[key] = (node, Tag(text, (0.0, 0.0), size))
        dot.node(node, size)
        name = self._line(edge, True, False)
        dot.edge(name, tail, node, arrow=False, weight=3)

    def _label(self, port: str, inward: bool) -> str:
        ports = self.frame.inputs if inward else self.frame.outputs
        return next(one.label for one in ports if one.key == port)

    def _end(self, edge: Edge, is_tail: bool) -> str:
        """A DOT node and port for one end of `edge`."""
        key, port = (
            (edge.tail, edge.tail_port) if is_tail else (edge.head, edge.head_port)
        )
        side = "s" if is_tail else "n"
        if not key:
            ports = self.frame.inputs if is_tail else self.frame.outputs
            number = [one.key for one in ports].index(port)
            return f"{'i' if is_tail else 'o'}{number}"
        name, inner = self.names[key], self.inner.get(key)
        if inner is None or not port:
            return name
        row = inner.outputs if is_tail else inner.inputs
        part = int(row[port].center[0] / inner.size[0] * _parts(inner))
        return f"{name}:{'o' if is_tail else 'i'}{part}:{side}"

    # From positions.

    def finish(self, found: dict[str, Any] | None) -> PlacedFrame:
        """The frame with everything in its place."""
        result = PlacedFrame()
        if found is not None:
            self._read(result, found)
        self._add_rows(result)
        self._settle(result)
        return result

    def _read(self, result: PlacedFrame, found: dict[str, Any]) -> None:
        centers = {
            one["name"]: _point(one["pos"]) for one in found["objects"] if "pos" in one
        }
        for box in self.tied:
            size = self.size_of(box)
            x, y = centers[self.names[box.key]]
            corner = (x - size[0] / 2, y - size[1] / 2)
            result.boxes.append(PlacedBox(box, corner, size, self.inner.get(box.key)))
        for node, tag in self.tags.values():
            tag.center = centers[node]
            result.tags.append(tag)
        for row, ports, placed in (
            ("i", self.frame.inputs, result.inputs),
            ("o", self.frame.outputs, result.outputs),
        ):
            for number, port in enumerate(ports):
                text = fit(port.label, SMALL, WIDEST)
                center = centers[f"{row}{number}"]
                placed[port.key] = PlacedPort(text, center, _port_size(port.label))
        at = {placed.box.key: placed for placed in result.boxes}
        for one in found.get("edges", ()):
            edge, at_tail, at_head = self.lines[one["id"]]
            path = _path(one["pos"], edge)
            if at_tail:
                _snap_tail(path, edge, at.get(edge.tail))
            if at_head:
                _snap_head(path, edge, at.get(edge.head))
            result.paths.append(path)
        _move(result, 0.0, -_top(result))

    def _add_rows(self, result: PlacedFrame) -> None:
        """Boxes without an edge, in rows below the rest."""
        left, right, bottom = _extent(result)
        limit = max(right - left, ROW_WIDTH)
        x, y, height = left, bottom + (GAP if result.boxes else 0), 0.0
        for box in self.loose:
            size = self.size_of(box)
            if x > left and x + size[0] - left > limit:
                x, y, height = left, y + height + GAP, 0.0
            result.boxes.append(PlacedBox(box, (x, y), size, self.inner.get(box.key)))
            x, height = x + size[0] + GAP, max(height, size[1])
        x = _extent(result)[1] + (2 * GAP if result.boxes else 0)
        self._add_aside(result, x)

    def _add_aside(self, result: PlacedFrame, x: float) -> None:
        if not self.frame.aside:
            return
        result.aside_at = (x, 0.0)
        y = HEADER + 10
        for aside in self.frame.aside:
            size = box_size(aside.box)
            result.aside.append((aside, PlacedBox(aside.box, (x + 30, y), size)))
            y += size[1] + 12

    def _settle(self, result: PlacedFrame) -> None:
        """Moves everything so that the frame starts at 0, 0; makes room for a title."""
        left, right, bottom = _extent(result)
        nested = bool(self.title)
        top = HEADER + 4 if nested else 0.0
        shift = MARGIN - left if nested else -left
        ports = [port.center[0] + shift for port in result.inputs.values()]
        title_width = text_width(self.title, LABEL, bold=True) + 34 if nested else 0.0
        if nested and ports and min(ports) < title_width:
            # An edge that comes in from above must not run through the title.
            shift += title_width - min(ports)
        _move(result, shift, top)
        width = max(right + shift + (MARGIN if nested else 0), title_width + MARGIN)
        height = bottom + top + (MARGIN if nested else 0)
        result.size = (width, height)
        if not nested:
            return
        for key, port in result.inputs.items():
            _extend(result, port, 0.0, self._kind(key, True))
        for key, port in result.outputs.items():
            _extend(result, port, height, self._kind(key, False))

    def _kind(self, port: str, inward: bool) -> str:
        for edge in self.frame.edges:
            if inward and not edge.tail and edge.tail_port == port and edge.tensors:
                return DATA
            if not inward and not edge.head and edge.head_port == port and edge.tensors:
                return DATA
        return CONTROL


def _port_size(label: str) -> Size:
    if not label:
        return (2.0, 2.0)
    return (text_width(fit(label, SMALL, WIDEST), SMALL) + 16, 18.0)


def _point(text: str) -> Point:
    x, y = text.split(",")[:2]
    # Graphviz counts upwards.
    return float(x), -float(y)


def _path(text: str, edge: Edge) -> Path:
    tip, points = None, []
    for part in text.split():
        if part.startswith("e,"):
            tip = _point(part[2:])
        elif not part.startswith("s,"):
            points.append(_point(part))
    return Path(points, tip, edge.kind, edge.count)


def _parts(inner: PlacedFrame) -> int:
    """Into how many parts Graphviz shall divide the borders of an open scope.

    As many as it has room for (an empty part is 16 points wide): an edge is attached
    to the part that its port lies in, so that it comes from the right direction.
    """
    return max(1, int(inner.size[0] / 20))


# Graphviz knows a port to a part of the border; we know where it really is.


def _snap_tail(path: Path, edge: Edge, box: PlacedBox | None) -> None:
    if box is not None and box.inside is not None and edge.tail_port:
        x = box.at[0] + box.inside.outputs[edge.tail_port].center[0]
        _shift(path.points, 0, 1, x - path.points[0][0])


def _snap_head(path: Path, edge: Edge, box: PlacedBox | None) -> None:
    if box is not None and box.inside is not None and edge.head_port:
        x = box.at[0] + box.inside.inputs[edge.head_port].center[0]
        _shift(path.points, -1, -2, x - path.points[-1][0])
        if path.tip is not None:
            path.tip = (x, path.tip[1])


def _shift(points: list[Point], end: int, control: int, dx: float) -> None:
    for index in (end, control):
        points[index] = (points[index][0] + dx, points[index][1])


def _centered(frame: PlacedFrame) -> list[Tag | PlacedPort]:
    return [*frame.tags, *frame.inputs.values(), *frame.outputs.values()]


def _top(frame: PlacedFrame) -> float:
    ys = [box.at[1] for box in frame.boxes]
    small = _centered(frame)
    ys += [one.center[1] - one.size[1] / 2 for one in small]
    ys += [y for path in frame.paths for _, y in path.points]
    return min(ys, default=0.0)


def _extent(frame: PlacedFrame) -> tuple[float, float, float]:
    """Left, right and bottom of all that a frame shows, after moving its top to 0."""
    xs, ys = [0.0], [0.0]
    if frame.boxes or frame.paths:
        xs, ys = [], []
    for box in (*frame.boxes, *(box for _, box in frame.aside)):
        xs += [box.at[0], box.at[0] + box.size[0]]
        ys += [box.at[1], box.at[1] + box.size[1]]
    for one in _centered(frame):
        xs += [one.center[0] - one.size[0] / 2, one.center[0] + one.size[0] / 2]
        ys += [one.center[1] - one.size[1] / 2, one.center[1] + one.size[1] / 2]
    for path in frame.paths:
        xs += [x for x, _ in path.points]
        ys += [y for _, y in path.points]
    if frame.aside:
        xs.append(max(box.at[0] + box.size[0] for _, box in frame.aside) + 12)
        ys.append(max(box.at[1] + box.size[1] for _, box in frame.aside) + 12)
    return min(xs), max(xs), max(ys)


def _move(frame: PlacedFrame, dx: float, dy: float) -> None:
    for box in (*frame.boxes, *(box for _, box in frame.aside)):
        box.at = (box.at[0] + dx, box.at[1] + dy)
    for one in _centered(frame):
        one.center = (one.center[0] + dx, one.center[1] + dy)
    for path in frame.paths:
        path.points = [(x + dx, y + dy) for x, y in path.points]
        if path.tip is not None:
            path.tip = (path.tip[0] + dx, path.tip[1] + dy)
    if frame.aside_at is not None:
        frame.aside_at = (frame.aside_at[0] + dx, frame.aside_at[1] + dy)


def _extend(frame: PlacedFrame, port: PlacedPort, border: float, kind: str) -> None:
    """Lets what starts or ends at a port reach the border of its scope."""
    x, y = port.center
    if abs(y - border) > 0.5:
        third = (border - y) / 3
        points = [(x, y), (x, y + third), (x, y + 2 * third), (x, border)]
        frame.paths.append(Path(points, None, kind, 1))
    port.center = (x, border)
