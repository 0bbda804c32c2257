"""A drawn signature as vectors: the points in the order in which they were drawn, scaled to fit the paper."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from consent.documents.paper import Stroke

WIDEST = 300.0  # points: a little over 10 cm
TALLEST = 84.0
_ROOM = 3.0  # so that round pen ends are not cut off
_CSS_PIXEL = 0.75  # points


@dataclass(frozen=True)
class Ink:
    """One signature ready for an SVG: its size in points and one path per stroke."""

    width: str
    height: str
    paths: tuple[str, ...]


def ink(strokes: tuple[Stroke, ...]) -> Ink:
    """The strokes as SVG paths. Never enlarged, shrunk only as far as the paper needs, proportions kept."""
    xs = [x for stroke in strokes for x, _ in stroke.points]
    ys = [y for stroke in strokes for _, y in stroke.points]
    left, top = min(xs), min(ys)
    wide, tall = max(xs) - left, max(ys) - top
    scale = min(_CSS_PIXEL, WIDEST / wide if wide else _CSS_PIXEL, TALLEST / tall if tall else _CSS_PIXEL)
    paths = tuple(
        _path([(_ROOM + (x - left) * scale, _ROOM + (y - top) * scale) for x, y in stroke.points]) for stroke in strokes
    )
    return Ink(f"{wide * scale + 2 * _ROOM:.2f}", f"{tall * scale + 2 * _ROOM:.2f}", paths)


def _path(points: list[tuple[float, float]]) -> str:
    """A smooth line whose bends are the drawn points; a single touch becomes a dot."""
    first, last = points[0], points[-1]
    if len(set(points)) == 1:
        return f"M{_at(first)} l0.01 0"
    parts = [f"M{_at(first)}"]
    for here, after in pairwise(points[1:]):
        parts.append(f"Q{_at(here)} {_at(((here[0] + after[0]) / 2, (here[1] + after[1]) / 2))}")
    return " ".join([*parts, f"L{_at(last)}"])


def _at(point: tuple[float, float]) -> str:
    return f"{point[0]:.2f} {point[1]:.2f}"
